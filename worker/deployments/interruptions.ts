import { type Choice, MAX_NOTES_CHARACTERS, type Responder } from '../interruptions/interruption.ts'
import { type Answer, DONE, declined } from './answer.ts'
import type { Event } from './event.ts'
import type { Interruption } from './execution-state.ts'
import type { Turn } from './turn.ts'
import { nodeOf } from './whereabouts.ts'

type Place = Pick<Interruption, 'step' | 'lane' | 'action'>
type Question = Pick<
  Interruption,
  'kind' | 'attempt' | 'title' | 'instructions' | 'choices' | 'responsibleTeamIds' | 'freesKey'
>

/** Asks people; the lane goes on when it has been answered. */
export const ask = (turn: Turn, { step, lane, action }: Place, question: Question): void => {
  const { number } = turn.addInterruption({
    step,
    lane,
    action,
    ...question,
    responsible: null,
    state: 'Pending',
    createdAt: turn.now,
    endedAt: null,
    answer: null,
    notes: '',
    answeredBy: null,
  })
  turn.lane(step, lane).question = number
  const node = nodeOf(turn.state.plan, { step, lane, action })
  turn.note(node, 'wait', `Waiting for a person: ${question.title}`)
  turn.record('InterruptionRaised', question.title)
}

/** Nobody need answer it any more. */
export const withdrawQuestion = (turn: Turn, number: number, why: string): void => {
  const interruption = turn.interruption(number)
  if (interruption.state !== 'Pending') return
  interruption.state = 'Canceled'
  interruption.endedAt = turn.now
  turn.lane(interruption.step, interruption.lane).question = null
  turn.record('InterruptionCanceled', `${interruption.title}: ${why}`)
}

/** Makes a question somebody's own. Taking what one has already changes nothing. */
export const take = (turn: Turn, event: Extract<Event, { type: 'take' }>): Answer => {
  const { by, takeOver } = event
  const refusal = refuse(turn, event)
  if (refusal) return refusal
  const { responsible, title } = turn.state.interruptions[event.interruption - 1] as Interruption
  if (responsible?.id === by.id) return DONE
  if (responsible && !takeOver)
    return declined('conflict', `${responsible.displayName} has taken responsibility for it.`)
  const interruption = turn.interruption(event.interruption)
  interruption.responsible = by
  const from = responsible ? ` from ${responsible.displayName}` : ''
  turn.note(
    nodeOf(turn.state.plan, interruption),
    'info',
    `${by.displayName} took responsibility${from}.`,
  )
  turn.record('InterruptionTaken', `${by.displayName} took responsibility${from}: ${title}`, by)
  return DONE
}

/** Undefined when this may be this person's answer to the question, and it is written down now. */
export const settle = (
  turn: Turn,
  event: Extract<Event, { type: 'answer' }>,
): Answer | undefined => {
  const { by, choice, notes } = event
  const refusal = refuse(turn, event)
  if (refusal) return refusal
  const found = turn.state.interruptions[event.interruption - 1] as Interruption
  const { responsible, choices } = found
  if (!responsible) return declined('invalid', 'Take responsibility for it first, then answer.')
  if (responsible.id !== by.id)
    return declined(
      'conflict',
      `${responsible.displayName} has taken responsibility for it. Take it over first, then answer.`,
    )
  if (!choices.includes(choice))
    return declined('invalid', `It takes ${choices.join(', ')}; found ${choice}.`)
  if (notes.length > MAX_NOTES_CHARACTERS)
    return declined('invalid', `Notes may have ${MAX_NOTES_CHARACTERS} characters.`)
  const interruption = turn.interruption(event.interruption)
  interruption.state = 'Submitted'
  interruption.endedAt = turn.now
  interruption.answer = choice
  interruption.notes = notes
  interruption.answeredBy = by
  turn.lane(interruption.step, interruption.lane).question = null
  const said = `${by.displayName} chose ${WORDS[choice]}${notes === '' ? '' : `: ${notes}`}`
  turn.note(nodeOf(turn.state.plan, interruption), 'highlight', said)
  turn.record('InterruptionSubmitted', `${interruption.title}: ${said}`, by)
  return undefined
}

const WORDS: Record<Choice, string> = {
  Fail: 'to fail',
  Retry: 'to try again',
  Ignore: 'to ignore the failure',
  ExcludeMachine: 'to go on without this target',
  Proceed: 'to proceed',
  Abort: 'to abort',
  MarkSucceeded: 'to mark it as succeeded',
  MarkFailed: 'to mark it as failed',
  RunAgain: 'to run it again',
}

const refuse = (
  { state }: Turn,
  { interruption: number, by, teamIds }: { interruption: number; by: Responder; teamIds: string[] },
): Answer | undefined => {
  const found = state.interruptions[number - 1]
  if (!found) return declined('missing', 'There is no such interruption.')
  if (found.state === 'Canceled')
    return declined(
      'conflict',
      'It need not be answered any more: the deployment went on or ended.',
    )
  if (found.state === 'Submitted' && found.answer)
    return declined(
      'conflict',
      `${found.answeredBy?.displayName ?? 'Somebody'} chose ${WORDS[found.answer]} already.`,
    )
  const { responsibleTeamIds } = found
  if (responsibleTeamIds.length > 0 && !responsibleTeamIds.some(id => teamIds.includes(id)))
    return declined(
      'forbidden',
      `Only members of the responsible teams may answer it; ${by.displayName} is in none of them.`,
    )
  return undefined
}

/** Questions that nobody has answered yet. */
export const pendingOf = (interruptions: readonly Interruption[]): Interruption[] =>
  interruptions.filter(({ state }) => state === 'Pending')
