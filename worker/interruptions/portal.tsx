import type { FormState } from '../../ui/components/form.tsx'
import { InterruptionPage } from '../../ui/interruptions/interruption-page.tsx'
import { interruptionAnchor } from '../../ui/interruptions/interruption-panel.tsx'
import { links } from '../../ui/links.ts'
import { permits } from '../access/authorization.ts'
import { action, type PageCall, page, seeOther } from '../http/page.tsx'
import { refusedForm } from '../http/portal-form.ts'
import { invalid, notFound, Problem } from '../http/problem.ts'
import { getTask } from '../tasks/store.ts'
import { submitInterruption, takeResponsibility } from './commands.ts'
import { type Choice, parseChoice } from './interruption.ts'
import { liveInterruptions } from './live.ts'
import { alikeTo, answeredOf, pendingFor, readerOf } from './portal-shown.ts'
import { scopeOf } from './responsibility.ts'
import { getInterruption, type InterruptionRow, interruptionsOf } from './store.ts'

const visible = async (call: PageCall): Promise<InterruptionRow> => {
  const row = await getInterruption(call.db, call.space.id, call.params.id ?? '')
  if (!permits(call.principal, 'InterruptionView', scopeOf(row))) throw notFound(row.id)
  return row
}

const show = async (call: PageCall, form?: FormState) => {
  const row = await visible(call)
  const [all, task, reader] = await Promise.all([
    interruptionsOf(call.db, row.deploymentId).then(rows => liveInterruptions(call.env, rows)),
    getTask(call.db, call.space.id, row.taskId),
    readerOf(call.db, call.principal, scopeOf(row)),
  ])
  return (
    <InterruptionPage
      frame={call.frame}
      deployment={{ id: row.deploymentId, description: task.description }}
      pending={pendingFor(reader, all).find(({ id }) => id === row.id)}
      answered={answeredOf(all.filter(({ id }) => id === row.id))}
      form={form}
    />
  )
}

const backTo = ({ deploymentId, id }: InterruptionRow): string =>
  `${links.deployment(deploymentId)}#${interruptionAnchor(id)}`

const take = async (call: PageCall) => {
  const row = await visible(call)
  try {
    await takeResponsibility(call, call.space.id, row.id)
    return seeOther(backTo(row))
  } catch (error) {
    return show(call, refusedForm(call.form, error))
  }
}

const submit = async (call: PageCall) => {
  const row = await visible(call)
  const notes = call.form.text(`notes-${row.id}`)
  try {
    const choice = parseChoice(call.form.text('choice'))
    if (!choice) throw invalid(`Choose an answer: ${row.choices.join(', ')}.`)
    await submitInterruption(call, call.space.id, row.id, { choice, notes })
    const failed = call.form.flag('alike') ? await answerAlike(call, row, choice, notes) : []
    return seeOther(links.deployment(row.deploymentId), {
      kind: failed.length > 0 ? 'error' : 'success',
      message: failed.length > 0 ? `Not all were answered. ${failed.join(' ')}` : 'Answered.',
    })
  } catch (error) {
    const refused = refusedForm(call.form, error)
    const isNotes = notes.length > 0 && refused.errors['']?.startsWith('Notes ')
    return show(call, {
      values: { ...refused.values, notes },
      errors: isNotes ? { notes: refused.errors[''] ?? '' } : refused.errors,
    })
  }
}

const MOST_AT_ONCE = 100

/** The others of the step, in the caller's name; answers what was refused, in words. */
const answerAlike = async (
  call: PageCall,
  row: InterruptionRow,
  choice: Choice,
  notes: string,
): Promise<string[]> => {
  const rows = await interruptionsOf(call.db, row.deploymentId)
  const others = alikeTo(row, rows).slice(0, MOST_AT_ONCE)
  const failed: string[] = []
  for (const { id, title } of others)
    try {
      await takeResponsibility(call, call.space.id, id)
      await submitInterruption(call, call.space.id, id, { choice, notes })
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      failed.push(`${title}: ${error.message}`)
    }
  return failed
}

export const interruptionPages = [
  page({
    path: '/interruptions/{id}',
    permission: 'InterruptionView',
    handler: call => show(call),
  }),
  action({
    path: '/interruptions/{id}/responsible',
    permission: 'InterruptionViewSubmitResponsible',
    handler: take,
  }),
  action({
    path: '/interruptions/{id}/submit',
    permission: 'InterruptionViewSubmitResponsible',
    handler: submit,
  }),
]
