import { Banner } from '../components/banner.tsx'
import { Card } from '../components/card.tsx'
import { type FormState, listOf } from '../components/form.tsx'
import { type Health, HealthChip } from '../components/status.tsx'
import { links } from '../links.ts'

/** One thing that a step does; a step of one shows it as itself. */
export type PlannedAction = {
  id: string
  /** `2.1`; of a step of one, the step's number. */
  number: string
  name: string
  runs: boolean
  /** Why not. */
  reason?: string | undefined
  package?: string | undefined
  canSkip: boolean
}

/** One step of the plan for the chosen environment. */
export type PlannedStep = {
  /** None for what is no step of the process: fetching packages. */
  number?: number | undefined
  name: string
  runs: boolean
  /** Why it would not run, or what it lacks. */
  reason?: string | undefined
  /** "only after a failure", "2 at once", "asks Operations": in words. */
  notes: string[]
  withPrevious: boolean
  targets: { id: string; name: string; health: Health }[]
  /** Targets with one of its tags where it does not run. */
  leftOut: { id: string; name: string; reason: string }[]
  /** Where it runs when on no target: "Once, on a worker of Linux". */
  place?: string | undefined
  actions: PlannedAction[]
}

export type ShownPlan = { steps: PlannedStep[]; warnings: string[]; problem?: string | undefined }

/** Put around fields that change the plan: with scripts it is drawn again when one of them changes. */
export const redrawsPlan = (releaseId: string) => ({
  'hx-post': links.deploy(releaseId),
  'hx-trigger': 'change',
  'hx-include': 'closest form',
  'hx-vals': '{"deed":"plan"}',
  'hx-ext': 'morph',
  'hx-select': '#plan',
  'hx-target': '#plan',
  'hx-swap': 'morph:outerHTML',
})

/** What a deployment would do, and why not the rest. Field: `skip[]`, ids of actions. */
export const DeployPlan = (props: { plan: ShownPlan; environment: string; form: FormState }) => (
  <Card title={`What will happen in ${props.environment}`} id="plan">
    {props.plan.problem && (
      <Banner kind="error" title="It cannot be carried out as it is.">
        {props.plan.problem}
      </Banner>
    )}
    {props.plan.warnings.map(warning => (
      <Banner kind="warning">{warning}</Banner>
    ))}
    {props.plan.steps.length === 0 && (
      <p class="hint">The release froze a process without steps.</p>
    )}
    <ol class="plan">
      {props.plan.steps.map(step => (
        <Step step={step} form={props.form} />
      ))}
    </ol>
  </Card>
)

const Step = ({ step, form }: { step: PlannedStep; form: FormState }) => {
  const [first, more] = step.actions
  return (
    <li class={step.runs ? '' : 'plan-skipped'}>
      <span class="step-number">{step.number}</span>
      <div class="plan-step">
        <div class="plan-head">
          <strong>{step.name}</strong>
          {first && !more && <Skip action={first} form={form} />}
        </div>
        {first && !more && first.package && <span class="sub">{first.package}</span>}
        {step.reason && <span class="reason plan-reason">{step.reason}</span>}
        {step.runs && (
          <span class="reason plan-reason">
            {[
              ...(step.place ? [step.place] : []),
              ...(step.withPrevious ? ['together with the step above'] : []),
              ...step.notes,
            ].join(' · ')}
          </span>
        )}
        {more && (
          <ol class="plan-actions">
            {step.actions.map(action => (
              <li class={action.runs ? '' : 'plan-skipped'}>
                <span class="step-number">{action.number}</span>
                <span>
                  <strong>{action.name}</strong>
                  {action.package && <span class="sub">{action.package}</span>}
                  {action.reason && <span class="reason plan-reason">{action.reason}</span>}
                </span>
                <Skip action={action} form={form} />
              </li>
            ))}
          </ol>
        )}
        {step.runs && step.targets.length > 0 && (
          <ul class="plan-targets">
            {step.targets.map(target => (
              <li>
                <a class="link" href={links.target(target.id)}>
                  {target.name}
                </a>
                <HealthChip health={target.health} />
              </li>
            ))}
          </ul>
        )}
        {step.leftOut.length > 0 && (
          <ul class="plan-left-out">
            {step.leftOut.map(target => (
              <li>
                <a class="link" href={links.target(target.id)}>
                  {target.name}
                </a>
                <span class="reason">not here: {target.reason}</span>
              </li>
            ))}
          </ul>
        )}
      </div>
    </li>
  )
}

const Skip = ({ action, form }: { action: PlannedAction; form: FormState }) =>
  action.canSkip ? (
    <label class="choice choice-single plan-skip">
      <input
        type="checkbox"
        name="skip"
        value={action.id}
        checked={listOf(form, 'skip').includes(action.id)}
        aria-label={`Skip ${action.name}`}
      />
      <span>Skip</span>
    </label>
  ) : null
