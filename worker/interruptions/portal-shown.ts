import type {
  AnsweredInterruption,
  ShownChoice,
  ShownInterruption,
} from '../../ui/interruptions/interruption-panel.tsx'
import type { User } from '../access/principal.ts'
import { listTeams, teamsOf } from '../access/user-store.ts'
import type { Database } from '../database/client.ts'
import type { Choice, InterruptionFacts } from './interruption.ts'
import { mayAnswer } from './responsibility.ts'

/** Who looks, and what they may answer there. */
export type Reader = {
  user: User
  teamIds: string[]
  teamNames: ReadonlyMap<string, string>
  scope: { spaceId: string; projectId: string; environmentId: string }
}

export const readerOf = async (
  db: Database,
  user: User,
  scope: Reader['scope'],
): Promise<Reader> => {
  const [own, all] = await Promise.all([teamsOf(db, user.id), listTeams(db)])
  return {
    user,
    scope,
    teamIds: own.map(({ id }) => id),
    teamNames: new Map(all.map(({ id, name }) => [id, name] as const)),
  }
}

export const choiceWord = (choice: Choice, place: string): string =>
  choice === 'ExcludeMachine' ? `Exclude ${place || 'the machine'}` : WORDS[choice][0]

const WORDS: Record<Choice, [string, string]> = {
  Retry: ['Retry', 'Runs it again now, with the same settings.'],
  Ignore: ['Ignore', 'Goes on as if it had succeeded; the deployment ends with warnings.'],
  ExcludeMachine: ['Exclude', 'Leaves this machine out of the rest of the deployment.'],
  Fail: ['Fail', 'Gives up: what is to run after a failure runs, then the deployment fails.'],
  Proceed: ['Proceed', 'The deployment goes on.'],
  Abort: ['Abort', 'The deployment fails; what is to run after a failure still runs.'],
  RunAgain: ['Run again', 'Runs it once more. Only if running twice does no harm.'],
  MarkSucceeded: ['Mark as succeeded', 'You looked, and it was done. Your name is recorded.'],
  MarkFailed: ['Mark as failed', 'You looked, and it was not done, or only in part.'],
}

/** The usual answer first, the drastic ones last. */
const ORDER = Object.keys(WORDS) as Choice[]
const LOOKS: Partial<Record<Choice, ShownChoice['look']>> = {
  Retry: 'primary',
  Proceed: 'primary',
  Fail: 'danger',
  Abort: 'danger',
}

const choicesOf = ({ choices, placeName }: InterruptionFacts): ShownChoice[] =>
  choices
    .toSorted((left, right) => ORDER.indexOf(left) - ORDER.indexOf(right))
    .map(value => ({
      value,
      label: choiceWord(value, placeName),
      meaning: WORDS[value][1],
      look: LOOKS[value] ?? 'plain',
    }))

/** Those that wait for an answer, as this reader sees them. */
export const pendingFor = (reader: Reader, asked: InterruptionFacts[]): ShownInterruption[] => {
  const pending = asked.filter(({ state }) => state === 'Pending')
  return pending.map(facts => ({
    id: facts.id,
    title: facts.title,
    instructions: facts.instructions,
    step: facts.stepName,
    place: facts.placeName || undefined,
    askedAt: facts.createdAt,
    choices: choicesOf(facts),
    responsible:
      facts.responsibleUserId === null
        ? undefined
        : {
            name: facts.responsibleUserName ?? facts.responsibleUserId,
            isYou: facts.responsibleUserId === reader.user.id,
          },
    teams: teamNames(reader, facts),
    obstacle: obstacleOf(reader, facts),
    alike: alikeTo(facts, pending).length,
  }))
}

/** The others of its step that ask the same. */
export const alikeTo = (
  { id, kind, stepName }: InterruptionFacts,
  pending: InterruptionFacts[],
): InterruptionFacts[] =>
  pending.filter(
    other =>
      other.id !== id &&
      other.state === 'Pending' &&
      other.kind === kind &&
      other.stepName === stepName,
  )

const teamNames = (reader: Reader, { responsibleTeamIds }: InterruptionFacts): string[] =>
  responsibleTeamIds.map(id => reader.teamNames.get(id) ?? id)

const obstacleOf = (reader: Reader, facts: InterruptionFacts): string | undefined => {
  if (mayAnswer(reader.user, reader.teamIds, { ...facts, ...reader.scope })) return undefined
  const teams = teamNames(reader, facts)
  return teams.length > 0
    ? `Only members of ${teams.join(' or ')} may answer this.`
    : 'You may not answer this: it takes InterruptionSubmit for this project and environment.'
}

/** Those that were answered, or never will be; the newest first. */
export const answeredOf = (asked: InterruptionFacts[]): AnsweredInterruption[] =>
  asked
    .filter(({ state }) => state !== 'Pending')
    .map(facts => ({
      id: facts.id,
      title: facts.title,
      step: facts.stepName,
      place: facts.placeName || undefined,
      outcome:
        facts.answer === null
          ? 'Not answered: the deployment ended before'
          : choiceWord(facts.answer, facts.placeName),
      by: facts.answeredByName ?? undefined,
      at: facts.endedAt ?? undefined,
      notes: facts.notes,
    }))
    .reverse()
