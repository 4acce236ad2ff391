import type { User } from '../access/principal.ts'
import { listTeams, teamsOf } from '../access/user-store.ts'
import { deploymentObject } from '../deployments/object.ts'
import type { Context } from '../http/call.ts'
import { notFound, Problem, type ProblemCode } from '../http/problem.ts'
import {
  type Choice,
  type InterruptionRefusal,
  type InterruptionReply,
  type InterruptionSurface,
  MAX_NOTES_CHARACTERS,
  type Responder,
} from './interruption.ts'
import { authorizeAnswer } from './responsibility.ts'
import { getInterruption, type InterruptionRow } from './store.ts'

/**
 * Makes the caller the one who may answer. The deployment itself decides; its record in the
 * database follows.
 * @param takeOver also from somebody who has taken it before
 * @throws Problem `not_found`, `forbidden`, `conflict` when it was answered already
 */
export const takeResponsibility = async (
  context: Context,
  spaceId: string,
  id: string,
  { takeOver = true }: { takeOver?: boolean } = {},
): Promise<InterruptionRow> => {
  const { row, user, teamIds } = await authorized(context, spaceId, id)
  const reply = await surfaceOf(context, row).takeResponsibility({
    interruption: row.id,
    user,
    teamIds,
    takeOver,
  })
  check(row.id, reply)
  return { ...row, responsibleUserId: user.id, responsibleUserName: user.displayName }
}

/**
 * Answers an interruption; its deployment goes on accordingly.
 * @throws Problem `not_found`, `forbidden`, `invalid` for a choice that is not offered and when the
 *   caller has not taken responsibility first, `conflict` when it was answered already
 */
export const submitInterruption = async (
  context: Context,
  spaceId: string,
  id: string,
  { choice, notes }: { choice: Choice; notes: string },
): Promise<InterruptionRow> => {
  const { row, user, teamIds } = await authorized(context, spaceId, id)
  if (!row.choices.includes(choice))
    throw new Problem(
      'invalid',
      `'${choice}' is no answer to this; choose ${row.choices.join(', ')}.`,
    )
  if (notes.length > MAX_NOTES_CHARACTERS)
    throw new Problem(
      'invalid',
      `Notes may have ${MAX_NOTES_CHARACTERS} characters; these have ${notes.length}.`,
    )
  const reply = await surfaceOf(context, row).submitInterruption({
    interruption: row.id,
    user,
    teamIds,
    choice,
    notes,
  })
  check(row.id, reply)
  return {
    ...row,
    state: 'Submitted',
    answer: choice,
    notes,
    endedAt: context.now,
    responsibleUserId: user.id,
    responsibleUserName: user.displayName,
    answeredById: user.id,
    answeredByName: user.displayName,
  }
}

const authorized = async (context: Context, spaceId: string, id: string) => {
  const { db, principal } = context
  const [row, teams] = await Promise.all([
    getInterruption(db, spaceId, id),
    teamsOf(db, principal.id),
  ])
  const teamIds = teams.map(team => team.id)
  const names = new Map((await listTeams(db)).map(team => [team.id, team.name] as const))
  authorizeAnswer(principal, teamIds, row, teamId => names.get(teamId) ?? teamId)
  return { row, user: responderOf(principal), teamIds }
}

const responderOf = ({ id, username, displayName, email }: User): Responder => ({
  id,
  username,
  displayName,
  emailAddress: email,
})

const surfaceOf = ({ env }: Context, { deploymentId }: InterruptionRow) =>
  deploymentObject(env, deploymentId) as unknown as InterruptionSurface

const CODES: Record<InterruptionRefusal['code'], ProblemCode> = {
  missing: 'not_found',
  conflict: 'conflict',
  invalid: 'invalid',
  forbidden: 'forbidden',
}

const check = (id: string, reply: InterruptionReply): void => {
  if (reply.type === 'done') return
  if (reply.code === 'missing') throw notFound(id)
  throw new Problem(CODES[reply.code], reply.message)
}
