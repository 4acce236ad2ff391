import {
  CheckBox,
  ChoiceList,
  type Option,
  SelectField,
  TextArea,
  TextField,
} from '../components/fields.tsx'
import { FieldGroup, type FormState } from '../components/form.tsx'

const syntaxes: Option[] = [
  { value: 'Bash', label: 'Bash' },
  { value: 'PowerShell', label: 'PowerShell' },
  { value: 'Python', label: 'Python' },
]

/** Fields: `syntax`, `scriptBody`. */
export const ScriptFields = ({ form }: { form: FormState }) => (
  <FieldGroup
    title="Script"
    hint={
      <>
        Variables are read with <code>get_octopusvariable "Name"</code>, or written as{' '}
        <code>{'#{Name}'}</code> and replaced before it runs.
      </>
    }
  >
    <SelectField form={form} name="syntax" label="Language" options={syntaxes} />
    <TextArea form={form} name="scriptBody" label="Script" mono rows={14} required />
  </FieldGroup>
)

/** Fields: `packageId`, `substituteInFiles`, `installDirectory`, `purge`, `scriptSyntax`, `preDeploy`,
 *  `deploy`, `postDeploy`. */
export const PackageFields = (props: { form: FormState; knownPackages: string[] }) => {
  const { form } = props
  return (
    <>
      <FieldGroup title="Package">
        <TextField
          form={form}
          name="packageId"
          label="Package ID"
          placeholder="Shop.Web"
          list={props.knownPackages.slice(0, 100)}
          hint="The version is chosen with each release."
          required
        />
        <TextArea
          form={form}
          name="substituteInFiles"
          label="Substitute variables in files"
          hint="One path or pattern a line: settings.json, config/**/*.xml"
          rows={2}
          mono
          optional
        />
        <TextField
          form={form}
          name="installDirectory"
          label="Custom install directory"
          placeholder="/srv/shop"
          hint="Otherwise the package stays in a new folder of the runner's for each version."
          mono
          optional
        />
        <CheckBox form={form} name="purge" label="Empty the install directory first" />
      </FieldGroup>
      <FieldGroup
        title="Scripts"
        hint="Run in the package's folder, in this order. Scripts of the same names inside the package run too."
      >
        <SelectField form={form} name="scriptSyntax" label="Language" options={syntaxes} />
        <TextArea form={form} name="preDeploy" label="Pre-deploy" mono rows={4} optional />
        <TextArea form={form} name="deploy" label="Deploy" mono rows={4} optional />
        <TextArea form={form} name="postDeploy" label="Post-deploy" mono rows={4} optional />
      </FieldGroup>
    </>
  )
}

/** Fields: `instructions`, `responsibleTeams[]`, `blocksOthers`. */
export const ManualFields = ({ form, teams }: { form: FormState; teams: Option[] }) => (
  <FieldGroup
    title="What is asked"
    hint="The deployment waits here until somebody answers Proceed or Abort. Abort counts as a failure."
  >
    <TextArea
      form={form}
      name="instructions"
      label="Instructions"
      hint={
        <>
          Markdown. Variables such as <code>{'#{Octopus.Release.Number}'}</code> are replaced.
        </>
      }
      rows={6}
      required
    />
    <ChoiceList
      form={form}
      name="responsibleTeams"
      label="Responsible teams"
      hint="Only their members may answer, and the step cannot be skipped. None chosen: whoever may answer questions of this project."
      options={teams}
      none="There are no teams yet."
      optional
    />
    <CheckBox
      form={form}
      name="blocksOthers"
      label="Let no other deployment of the project into the environment while this waits"
    />
  </FieldGroup>
)
