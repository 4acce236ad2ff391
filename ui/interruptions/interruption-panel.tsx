import type { ButtonLook } from '../components/button.tsx'
import { SubmitButton } from '../components/button.tsx'
import { TextArea } from '../components/fields.tsx'
import { Form, type FormState, filled } from '../components/form.tsx'
import { Icon } from '../components/icon.tsx'
import { Markdown } from '../components/markdown.tsx'
import { Time } from '../components/time.tsx'
import { links } from '../links.ts'

export type ShownChoice = {
  value: string
  /** The button's word. */
  label: string
  /** What it leads to. */
  meaning: string
  look: ButtonLook
}

export type ShownInterruption = {
  id: string
  title: string
  /** Markdown of the step's author, or what went wrong. */
  instructions: string
  step: string
  /** The target it is about. */
  place?: string | undefined
  askedAt: number
  choices: ShownChoice[]
  /** Who has taken it; `isYou`: the reader. */
  responsible?: { name: string; isYou: boolean } | undefined
  /** Names of the teams that may answer; empty: no particular ones. */
  teams: string[]
  /** Why the reader may not answer; absent when they may. */
  obstacle?: string | undefined
  /** How many others of the same step wait, which could be answered likewise. */
  alike: number
}

export const interruptionAnchor = (id: string) => `question-${id}`

/**
 * A question that a deployment asks: what it is about, who is responsible, what can be answered.
 * Fields: `notes`; the pressed button is `choice`, `alike` answers the others of the step too.
 */
export const InterruptionPanel = (props: {
  interruption: ShownInterruption
  form?: FormState | undefined
}) => {
  const { interruption } = props
  return (
    <section
      class="question"
      id={interruptionAnchor(interruption.id)}
      aria-label={interruption.title}
    >
      <span class="status-icon status-waiting question-icon">
        <Icon name="waiting" />
      </span>
      <div class="question-body">
        <h2>{interruption.title}</h2>
        <p class="faint small">
          {interruption.step}
          {interruption.place && ` on ${interruption.place}`} · asked{' '}
          <Time at={interruption.askedAt} />
          {interruption.teams.length > 0 && <> · for {interruption.teams.join(' or ')}</>}
        </p>
        {interruption.instructions && (
          <div class="question-text">
            <Markdown text={interruption.instructions} />
          </div>
        )}
        {interruption.obstacle ? (
          <p class="reason">
            {interruption.responsible &&
              `${interruption.responsible.name} has taken responsibility. `}
            {interruption.obstacle}
          </p>
        ) : interruption.responsible?.isYou ? (
          <Answer interruption={interruption} form={props.form ?? filled()} />
        ) : (
          <Take interruption={interruption} />
        )}
      </div>
    </section>
  )
}

const Take = ({ interruption }: { interruption: ShownInterruption }) => (
  <Form action={links.interruptionResponsible(interruption.id)} live>
    <p>
      {interruption.responsible
        ? `${interruption.responsible.name} has taken responsibility. You can take it over.`
        : `Nobody has taken responsibility yet. Who does can answer: ${interruption.choices
            .map(({ label }) => label)
            .join(', ')}.`}
    </p>
    <div class="actions">
      <SubmitButton look={interruption.responsible ? 'plain' : 'primary'}>
        {interruption.responsible ? 'Take over' : 'Take responsibility'}
      </SubmitButton>
    </div>
  </Form>
)

const Answer = (props: { interruption: ShownInterruption; form: FormState }) => {
  const { id, choices, alike } = props.interruption
  const name = `notes-${id}`
  return (
    <Form action={links.interruptionSubmit(id)}>
      <TextArea
        form={{
          values: { [name]: props.form.values.notes ?? '' },
          errors: props.form.errors.notes ? { [name]: props.form.errors.notes } : {},
        }}
        name={name}
        label="Notes"
        hint="You have taken responsibility. What you write here is kept with your answer."
        rows={2}
        optional
      />
      {alike > 0 && (
        <label class="choice choice-single">
          <input type="checkbox" name="alike" value="true" id={`alike-${id}`} />
          <span>
            Answer the {alike === 1 ? 'other question' : `${alike} other questions`} of this step
            likewise
          </span>
        </label>
      )}
      <ul class="question-choices">
        {choices.map(choice => (
          <li>
            <SubmitButton look={choice.look} name="choice" value={choice.value}>
              {choice.label}
            </SubmitButton>
            <span class="hint">{choice.meaning}</span>
          </li>
        ))}
      </ul>
    </Form>
  )
}

export type AnsweredInterruption = {
  id: string
  title: string
  step: string
  place?: string | undefined
  /** "Retry", or why there was no answer. */
  outcome: string
  by?: string | undefined
  at?: number | undefined
  notes: string
}

/** What was asked and answered before, for the record. */
export const AnsweredInterruptions = ({ answered }: { answered: AnsweredInterruption[] }) =>
  answered.length === 0 ? null : (
    <details class="answered">
      <summary>
        {answered.length === 1 ? 'One question' : `${answered.length} questions`} answered before
      </summary>
      <ul>
        {answered.map(each => (
          <li>
            <strong>{each.outcome}</strong>
            {each.by && ` by ${each.by}`}
            {each.at !== undefined && (
              <>
                {' '}
                <Time at={each.at} />
              </>
            )}
            <span class="sub">
              {each.title}
              {each.place && !each.title.includes(each.place) && ` (${each.place})`}
            </span>
            {each.notes && <blockquote>{each.notes}</blockquote>}
          </li>
        ))}
      </ul>
    </details>
  )
