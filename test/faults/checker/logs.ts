import type { DeploymentFacts, History, Violation } from './history.ts'
import { gapLines, linesIn } from './lines.ts'

/** I3: the final log is what the steps printed: no gap but a stated one, nothing twice, in order;
 *  and every acknowledged byte is in it. */
export const checkLogs = (history: History): Violation[] =>
  history.deployments.flatMap(deployment => checkLog(history, deployment))

const checkLog = (history: History, { id, log, attempts }: DeploymentFacts): Violation[] => {
  const found: Violation[] = []
  const say = (what: string) => found.push({ invariant: 'I3', what })
  const { lines, broken } = linesIn(log)
  for (const text of broken.slice(0, 3)) say(`the log of ${id} has a damaged line: ${text}`)
  const stated = gapLines(log)
  for (const [attempt, numbers] of lines) {
    let missing = 0
    let expected = 1
    for (const number of numbers) {
      if (number < expected) {
        say(`${attempt}: line ${number} stands after line ${expected - 1}`)
        break
      }
      missing += number - expected
      expected = number + 1
    }
    if (missing > stated) say(`${attempt}: ${missing} lines are missing, ${stated} are said to be`)
  }
  for (const { kind, attempt, lines: printed } of history.ledger) {
    if (kind !== 'END' || !printed || wasLost(attempts, attempt)) continue
    if (!attempts.some(each => each.id === attempt)) continue
    const last = lines.get(attempt)?.at(-1) ?? 0
    if (last + stated < printed)
      say(`${attempt}: printed ${printed} lines, the log ends at ${last}`)
  }
  for (const { id: attempt } of attempts) {
    const acknowledged = Math.max(
      0,
      ...history.messages
        .filter(message => message.attempt === attempt && message.status === 200)
        .map(({ lastLine }) => lastLine ?? 0),
    )
    const last = lines.get(attempt)?.at(-1) ?? 0
    if (acknowledged > last)
      say(`${attempt}: line ${acknowledged} was acknowledged, the log ends at ${last}`)
  }
  return found
}

/** Its log counts only up to where its supervisor was lost. */
const wasLost = (attempts: DeploymentFacts['attempts'], id: string): boolean =>
  attempts.find(each => each.id === id)?.state === 'Unknown'
