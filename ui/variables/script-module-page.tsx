import { DeleteLink } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import { type Option, SelectField, TextArea, TextField } from '../components/fields.tsx'
import { ErrorSummary, Form, type FormState } from '../components/form.tsx'
import { Heading } from '../components/heading.tsx'
import { SaveOrCancel } from '../components/save-or-cancel.tsx'
import type { Frame } from '../frame.tsx'
import { Page } from '../layout.tsx'
import { links } from '../links.ts'
import { type User, Users } from './library-pages.tsx'

export type ScriptModulePageProps = {
  frame: Frame
  /** Absent: a new one. */
  module?: { id: string; name: string } | undefined
  form: FormState
  languages: Option[]
  users: User[]
  mayEdit: boolean
  mayDelete: boolean
}

/** Fields: `name`, `description`, `language`, `body`. */
export const ScriptModulePage = (props: ScriptModulePageProps) => {
  const { frame, module, form, languages, users, mayEdit, mayDelete } = props
  const title = module?.name ?? 'New script module'
  return (
    <Page frame={frame} title={title} section="library">
      <Heading
        title={title}
        crumbs={[{ href: links.scriptModules, title: 'Script modules' }]}
        actions={module && mayDelete && <DeleteLink href={links.scriptModuleDelete(module.id)} />}
      />
      <div class="column stack">
        <ErrorSummary form={form} />
        <Card>
          <Form action={module ? links.scriptModule(module.id) : links.scriptModules}>
            <div class="fields-2">
              <TextField form={form} name="name" label="Name" required />
              <SelectField form={form} name="language" label="Language" options={languages} />
            </div>
            <TextField form={form} name="description" label="Description" optional />
            <TextArea
              form={form}
              name="body"
              label="Script"
              mono
              rows={16}
              hint="Functions for other scripts. It lies beside them under its name: source Name.sh in Bash, import Name in Python; PowerShell loads it by itself."
            />
            {mayEdit && (
              <SaveOrCancel
                verb={module ? 'Save' : 'Create script module'}
                back={links.scriptModules}
              />
            )}
          </Form>
        </Card>
        {module && <Users users={users} what="module" />}
      </div>
    </Page>
  )
}
