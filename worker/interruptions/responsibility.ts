import { authorize, permits } from '../access/authorization.ts'
import type { User } from '../access/principal.ts'
import { Problem } from '../http/problem.ts'
import type { InterruptionRow } from './store.ts'

type Asked = Pick<
  InterruptionRow,
  'spaceId' | 'projectId' | 'environmentId' | 'responsibleTeamIds' | 'state'
>

export const scopeOf = ({ spaceId, projectId, environmentId }: Asked) => ({
  spaceId,
  projectId,
  environmentId,
})

const isInTeams = ({ responsibleTeamIds }: Asked, teamIds: readonly string[]): boolean =>
  responsibleTeamIds.some(id => teamIds.includes(id))

/** Whether somebody who is in these teams may answer. Where teams are named only their members may,
 *  whatever else they hold; otherwise it takes InterruptionSubmit. */
export const mayAnswer = (user: User, teamIds: readonly string[], asked: Asked): boolean =>
  asked.responsibleTeamIds.length === 0
    ? permits(user, 'InterruptionSubmit', scopeOf(asked))
    : isInTeams(asked, teamIds) &&
      (permits(user, 'InterruptionSubmit', scopeOf(asked)) ||
        permits(user, 'InterruptionViewSubmitResponsible', scopeOf(asked)))

/** @throws Problem `forbidden`, saying which permission or team is missing */
export const authorizeAnswer = (
  user: User,
  teamIds: readonly string[],
  asked: Asked,
  nameOf: (teamId: string) => string,
): void => {
  if (mayAnswer(user, teamIds, asked)) return
  const isOpen = asked.responsibleTeamIds.length === 0
  if (isOpen || isInTeams(asked, teamIds))
    authorize(
      user,
      isOpen ? 'InterruptionSubmit' : 'InterruptionViewSubmitResponsible',
      scopeOf(asked),
    )
  const names = asked.responsibleTeamIds.slice(0, 10).map(nameOf)
  throw new Problem(
    'forbidden',
    `Only members of ${names.join(' or ')} may answer this. Ask one of them, or ask an administrator to add you to the team.`,
  )
}
