import { Card } from '../components/card.tsx'
import { ChoiceList, type Option } from '../components/fields.tsx'
import { ErrorSummary, Form, type FormState } from '../components/form.tsx'
import { SaveOrCancel } from '../components/save-or-cancel.tsx'
import type { Frame } from '../frame.tsx'
import { links } from '../links.ts'
import { ProjectFrame, type ProjectHead } from '../projects/project-frame.tsx'

export type IncludedSetsPageProps = {
  frame: Frame
  project: ProjectHead
  form: FormState
  sets: Option[]
  modules: Option[]
}

/** Fields: `sets[]`, `modules[]`, and `chosen`, by which nothing chosen is told from no choice. Chosen ones come first, in the project's order. */
export const IncludedSetsPage = (props: IncludedSetsPageProps) => {
  const { frame, project, form, sets, modules } = props
  return (
    <ProjectFrame
      frame={frame}
      project={project}
      tab="variables"
      title="Library sets"
      actions={<span />}
    >
      <div class="column">
        <h2 class="section-title">What this project includes from the library</h2>
        <ErrorSummary form={form} />
        <Card>
          <Form action={links.variableSets(project.id)}>
            <input type="hidden" name="chosen" value="true" />
            <ChoiceList
              form={form}
              name="sets"
              label="Variable sets"
              hint="The project's own values stand before theirs. Where two sets give values that are just as specific, the upper one holds."
              options={sets}
              none="There are no library variable sets yet."
            />
            <ChoiceList
              form={form}
              name="modules"
              label="Script modules"
              hint="They lie beside each script of the project."
              options={modules}
              none="There are no script modules yet."
            />
            <SaveOrCancel verb="Save" back={links.variables(project.id)} />
          </Form>
        </Card>
      </div>
    </ProjectFrame>
  )
}
