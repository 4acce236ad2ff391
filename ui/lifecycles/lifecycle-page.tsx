import { ButtonLink, DeleteLink, SubmitButton } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import {
  CheckBox,
  ChoiceList,
  type Option,
  SelectField,
  TextArea,
  TextField,
} from '../components/fields.tsx'
import { ErrorSummary, Form, FormActions, type FormState, textOf } from '../components/form.tsx'
import { Heading } from '../components/heading.tsx'
import { Icon } from '../components/icon.tsx'
import type { Frame } from '../frame.tsx'
import { Page } from '../layout.tsx'
import { links } from '../links.ts'
import { UsedByProjects } from '../projects/project-links.tsx'

export type LifecyclePageProps = {
  frame: Frame
  /** Absent for a new one. */
  lifecycle?: { id: string; name: string } | undefined
  form: FormState
  /** How many phases the form shows; the fields of the n-th start with `phases.n.` */
  phaseCount: number
  environments: Option[]
  projects: { id: string; name: string }[]
}

/** Fields: `name`, `description`, `phaseCount`, and for each phase `phases.n.id`, `phases.n.name`,
 *  `phases.n.environments[]`, `phases.n.automatic[]`, `phases.n.minimum` (0: all), `phases.n.optional`.
 *  The button pressed is `do`: `save`, `add`, `remove:n`, `up:n` or `down:n`; all but the first show the form again. */
export const LifecyclePage = (props: LifecyclePageProps) => {
  const { frame, lifecycle, form, phaseCount, environments } = props
  const title = lifecycle?.name ?? 'New lifecycle'
  return (
    <Page frame={frame} title={title} section="library">
      <div class="column stack">
        <Heading
          title={title}
          crumbs={[
            { href: links.library, title: 'Library' },
            { href: links.lifecycles, title: 'Lifecycles' },
          ]}
          actions={lifecycle && <DeleteLink href={links.lifecycleDelete(lifecycle.id)} />}
        />
        <ErrorSummary form={form} />
        <Form action={lifecycle ? links.lifecycle(lifecycle.id) : links.lifecycles} live>
          <button class="hidden" type="submit" name="do" value="save" tabindex={-1}>
            Save lifecycle
          </button>
          <input type="hidden" name="phaseCount" value={String(phaseCount)} />
          <Card>
            <div class="form">
              <TextField form={form} name="name" label="Name" required />
              <TextArea form={form} name="description" label="Description" rows={2} optional />
            </div>
          </Card>
          {phaseCount === 0 && (
            <p class="hint">
              Without phases a release goes through all environments, one after the other, in their
              order.
            </p>
          )}
          {Array.from({ length: phaseCount }, (_, index) => (
            <PhaseCard index={index} count={phaseCount} form={form} environments={environments} />
          ))}
          <FormActions>
            <SubmitButton name="do" value="save">
              Save lifecycle
            </SubmitButton>
            <SubmitButton name="do" value="add" look="plain" icon="plus">
              Add phase
            </SubmitButton>
            <ButtonLink href={links.lifecycles} look="quiet">
              Cancel
            </ButtonLink>
          </FormActions>
        </Form>
        {props.projects.length > 0 && (
          <p class="hint">
            <UsedByProjects projects={props.projects} />
          </p>
        )}
      </div>
    </Page>
  )
}

const PhaseCard = (props: {
  index: number
  count: number
  form: FormState
  environments: Option[]
}) => {
  const { index, form, environments } = props
  const field = (name: string) => `phases.${index}.${name}`
  const id = form.values[field('id')]
  return (
    <Card
      title={`Phase ${index + 1}`}
      actions={
        <span class="icon-row">
          <PhaseButton
            what={`up:${index}`}
            icon="up"
            label={`Move phase ${index + 1} earlier`}
            disabled={index === 0}
          />
          <PhaseButton
            what={`down:${index}`}
            icon="down"
            label={`Move phase ${index + 1} later`}
            disabled={index === props.count - 1}
          />
          <PhaseButton what={`remove:${index}`} icon="trash" label={`Remove phase ${index + 1}`} />
        </span>
      }
    >
      {typeof id === 'string' && <input type="hidden" name={field('id')} value={id} />}
      <div class="form">
        <TextField form={form} name={field('name')} label="Name" required />
        <ChoiceList
          form={form}
          name={field('environments')}
          label="Environments, deployed to by hand"
          options={environments}
          none="There are no environments yet."
        />
        <ChoiceList
          form={form}
          name={field('automatic')}
          label="Environments, deployed to automatically"
          hint="As soon as the phase before is done."
          options={environments}
          optional
        />
        <SelectField
          form={form}
          name={field('minimum')}
          label="Done when"
          options={[
            { value: '0', label: 'All of its environments succeeded' },
            ...minimums(environments.length, textOf(form, field('minimum'))).map(n => ({
              value: String(n),
              label: `${n} of its environments succeeded`,
            })),
          ]}
        />
        <CheckBox
          form={form}
          name={field('optional')}
          label="Optional: the next phase does not wait for it"
        />
      </div>
    </Card>
  )
}

const OFFERED_MINIMUMS = 5

/** The one that is chosen is among them, so that saving changes nothing else. */
const minimums = (environments: number, chosen: string): number[] => {
  const offered = Math.min(OFFERED_MINIMUMS, Math.max(1, environments - 1))
  const numbers = Array.from({ length: offered }, (_, index) => index + 1)
  const current = Number(chosen)
  return Number.isInteger(current) && current > offered ? [...numbers, current] : numbers
}

const PhaseButton = (props: {
  what: string
  icon: 'up' | 'down' | 'trash'
  label: string
  disabled?: boolean
}) => (
  <button
    class="icon-button"
    type="submit"
    name="do"
    value={props.what}
    formnovalidate
    title={props.label}
    aria-label={props.label}
    disabled={props.disabled ?? false}
  >
    <Icon name={props.icon} />
  </button>
)
