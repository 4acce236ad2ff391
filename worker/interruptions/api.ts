import * as z from 'zod'
import { permits } from '../access/authorization.ts'
import { userResource } from '../access/user.ts'
import { getUser, teamsOf } from '../access/user-store.ts'
import type { Call } from '../http/call.ts'
import { collection, pageOf } from '../http/paging.ts'
import { invalid, notFound } from '../http/problem.ts'
import { route } from '../http/route.ts'
import { reachOf } from '../tasks/visibility.ts'
import { submitInterruption, takeResponsibility } from './commands.ts'
import { answerField, parseChoice } from './interruption.ts'
import { liveInterruption, liveInterruptions } from './live.ts'
import { interruptionResource } from './resource.ts'
import { mayAnswer, scopeOf } from './responsibility.ts'
import { getInterruption, type InterruptionRow, listInterruptions } from './store.ts'

const list = async (call: Call) => {
  const { db, space, query, principal } = call
  const page = pageOf(query)
  const ids = query.list('ids')
  const regarding = query.list('regarding')
  const { rows, total } = await listInterruptions(
    db,
    space.id,
    {
      ...(ids && { ids }),
      ...(regarding && { regarding }),
      isPending: query.flag('pendingOnly'),
      reach: reachOf(principal, 'InterruptionView', space.id),
    },
    page,
  )
  const toResource = await resources(call)
  const shown = (await liveInterruptions(call.env, rows)).map(toResource)
  return collection('Interruption', shown, total, page, call.request.url)
}

const resources = async ({ db, principal }: Call) => {
  const teamIds = (await teamsOf(db, principal.id)).map(({ id }) => id)
  return (row: InterruptionRow) =>
    interruptionResource(row, {
      userId: principal.id,
      mayAnswer: mayAnswer(principal, teamIds, row),
    })
}

const visible = async (call: Call): Promise<InterruptionRow> => {
  const row = await getInterruption(call.db, call.space.id, call.params.id ?? '')
  if (!permits(call.principal, 'InterruptionView', scopeOf(row))) throw notFound(row.id)
  return liveInterruption(call.env, row)
}

const get = async (call: Call) => (await resources(call))(await visible(call))

const responsible = async (call: Call) => {
  const { responsibleUserId } = await visible(call)
  if (responsibleUserId === null) return null
  return userResource(await getUser(call.db, responsibleUserId), call.principal.id)
}

const take = async (call: Call) => {
  await visible(call)
  await takeResponsibility(call, call.space.id, call.params.id ?? '')
  return userResource(await getUser(call.db, call.principal.id), call.principal.id)
}

const text = z.string({ error: 'must be a text.' }).max(100_000, 'is too long.').nullish()

/** The form's values by name. Every field may be missing, so that one sentence can say what lacks. */
const submission = z
  .object({ Instructions: text, Notes: text, Result: text, Guidance: text })
  .nullish()

const submit = async (call: Call<z.output<typeof submission>>) => {
  const row = await visible(call)
  const field = answerField(row.kind)
  const choices = row.choices.join(', ')
  // Some clients send every answer as Result.
  const answer = (call.body?.[field] ?? call.body?.Result ?? call.body?.Guidance ?? '').trim()
  if (answer === '') throw invalid(`Say in ${field} what to do: ${choices}.`)
  const choice = parseChoice(answer)
  if (!choice)
    throw invalid(`${field} '${answer.slice(0, 40)}' is no answer to this; choose ${choices}.`)
  const notes = call.body?.Notes ?? ''
  const after = await submitInterruption(call, call.space.id, row.id, { choice, notes })
  return (await resources(call))(after)
}

const space = { area: 'space' } as const

export const interruptionRoutes = [
  route({
    ...space,
    method: 'GET',
    path: '/interruptions',
    permission: 'InterruptionView',
    summary: 'What deployments ask people, newest first',
    handler: list,
  }),
  route({
    ...space,
    method: 'GET',
    path: '/interruptions/{id}',
    permission: 'InterruptionView',
    handler: get,
  }),
  route({
    ...space,
    method: 'GET',
    path: '/interruptions/{id}/responsible',
    permission: 'InterruptionView',
    summary: 'Who has taken responsibility for an interruption; null for nobody',
    handler: responsible,
  }),
  route({
    ...space,
    method: 'PUT',
    path: '/interruptions/{id}/responsible',
    permission: 'InterruptionViewSubmitResponsible',
    summary: 'Take responsibility for an interruption, also from somebody else',
    handler: take,
  }),
  route({
    ...space,
    method: 'POST',
    path: '/interruptions/{id}/submit',
    permission: 'InterruptionViewSubmitResponsible',
    schema: submission,
    summary: 'Answer an interruption',
    handler: submit,
  }),
]
