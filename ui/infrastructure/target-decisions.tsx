import { Banner } from '../components/banner.tsx'
import { PostButton, SubmitButton } from '../components/button.tsx'
import { TextField } from '../components/fields.tsx'
import { Form, FormActions, type FormState } from '../components/form.tsx'
import { Time } from '../components/time.tsx'
import { links } from '../links.ts'

/** What only a person can decide about a target. */
export type TargetDecisions = {
  /** Two machines use its runner's key. */
  quarantine?: { runnerId: string; reason: string } | undefined
  /** Another runner asks to take the place of the one it has. */
  newcomers: { runnerId: string; hostname: string; at: number }[]
  /** Who works there, or whose unknown outcome keeps it. */
  lock?: { label: string; isOutcomeUnknown: boolean } | undefined
}

export const NOTHING_TO_DECIDE: TargetDecisions = { newcomers: [] }

/** Deeds: `quarantine`, `approval`, `rejection` with `runner`; the lock's form has `reason`. */
export const TargetDecisionList = (props: {
  targetId: string
  decisions: TargetDecisions
  mayDecide: boolean
  form: FormState
}) => {
  const { targetId, decisions, mayDecide, form } = props
  const { quarantine, newcomers, lock } = decisions
  const action = links.targetRunner(targetId)
  return (
    <>
      {quarantine && (
        <Banner kind="warning" title="Its runner is quarantined">
          <p>{quarantine.reason}</p>
          {mayDecide && (
            <PostButton action={action} values={{ deed: 'release', runner: quarantine.runnerId }}>
              Let it in again
            </PostButton>
          )}
        </Banner>
      )}
      {newcomers.map(({ runnerId, hostname, at }) => (
        <Banner kind="info" title="Another runner asks to take its place">
          <p>
            A runner on {hostname} registered under this name <Time at={at} />. Until somebody has
            approved it, the present one stays.
          </p>
          {mayDecide && (
            <div class="actions">
              <PostButton action={action} values={{ deed: 'approval', runner: runnerId }}>
                Approve
              </PostButton>
              <PostButton action={action} values={{ deed: 'rejection', runner: runnerId }}>
                Turn away
              </PostButton>
            </div>
          )}
        </Banner>
      ))}
      {lock && !lock.isOutcomeUnknown && (
        <Banner kind="info">
          <p>In use by {lock.label}.</p>
        </Banner>
      )}
      {lock?.isOutcomeUnknown && (
        <Banner kind="warning" title="Held, because an outcome is unknown">
          <p>
            What became of {lock.label} here is not known. Nothing else is started until its runner
            has reported, or somebody who has looked at the machine frees it.
          </p>
          {mayDecide && (
            <Form action={links.targetLock(targetId)}>
              <TextField form={form} name="reason" label="Why it may be used again" required />
              <FormActions>
                <SubmitButton look="plain">Free the target</SubmitButton>
              </FormActions>
            </Form>
          )}
        </Banner>
      )}
    </>
  )
}
