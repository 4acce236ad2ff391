import type { Responder } from '../interruptions/interruption.ts'
import type { Execution } from './execution-state.ts'
import type { ActionOutputs } from './outputs.ts'

/** What answered manual steps give to the steps after them.
 *  @see https://octopus.com/docs/projects/built-in-step-templates/manual-intervention-and-approvals */
export const manualOutputs = ({ interruptions, plan }: Execution): ActionOutputs[] =>
  interruptions.flatMap(({ kind, state, step, lane, action, answer, notes, answeredBy }) => {
    const planned = plan.steps[step]
    const actionName = planned?.actions[action]?.name
    if (kind !== 'manual' || state !== 'Submitted' || !answeredBy || actionName === undefined)
      return []
    const targetId = planned?.lanes[lane]?.targetId
    const target = targetId ? plan.targets[targetId] : undefined
    const machine = target ? { id: target.id, name: target.name } : null
    return [{ actionName, machine, outputs: outputsOf(answer === 'Proceed', notes, answeredBy) }]
  })

const outputsOf = (isApproved: boolean, notes: string, user: Responder) =>
  [
    ['Manual.Notes', notes],
    ['Manual.Approved', isApproved ? 'True' : 'False'],
    ['Manual.ResponsibleUser.Id', user.id],
    ['Manual.ResponsibleUser.Username', user.username],
    ['Manual.ResponsibleUser.DisplayName', user.displayName],
    ['Manual.ResponsibleUser.EmailAddress', user.emailAddress],
  ].map(([name = '', value = '']) => ({ name, value, sensitive: false }))
