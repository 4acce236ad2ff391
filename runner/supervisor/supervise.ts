import { Socket } from 'node:net'
import { homeAt } from '../home.ts'
import { coolDown, warmUp } from '../process/warm-shell.ts'
import { awaitsRestart, GOING_DOWN_MS } from './going-down.ts'
import { type Hint, lineReader, type Order } from './messages.ts'
import { removeWork, runStep, type StepWork, type StopReason, timeOut } from './run-step.ts'

/**
 * A process of its own session that carries out one step at a time and outlives the daemon: it
 * takes orders from its standard input, and when that ends it finishes what it has begun, leaves
 * the result on disk, and goes. SIGTERM asks it to cancel the step; one that expects its host to be
 * restarted waits whether that is why.
 */
export const supervise = (root: string): void => {
  const home = homeAt(root)
  const hints = openHints()
  let current: { attempt: string; stop: AbortController; patienceMs: number } | undefined
  let orphaned = false

  const begin = async ({ grant, ...before }: Order & { type: 'run' }) => {
    const { attempt } = grant
    const stop = new AbortController()
    const timer = timeOut(grant, before.elapsedMs, stop)
    current = { attempt, stop, patienceMs: awaitsRestart(grant, before) ? GOING_DOWN_MS : 0 }
    hints.send({ type: 'taken', attempt })
    const onGrown = (bytes: number) => hints.grown(attempt, bytes)
    const result = await carryOut({ grant, home, stop, onGrown, before })
    current = undefined
    clearTimeout(timer)
    if (!result) process.exit(1)
    hints.send({ type: 'ended', attempt, result })
    removeWork(attempt, home)
    if (orphaned) leave()
    else warmUp()
  }
  const cancel = (stop: AbortController, reason: string) =>
    stop.abort({ outcome: 'canceled', reason } satisfies StopReason)

  const onLine = lineReader(line => {
    const order = JSON.parse(line) as Order
    if (order.type === 'run' && !current) void begin(order)
    else if (order.type === 'cancel' && current?.attempt === order.attempt)
      cancel(current.stop, order.reason)
  })
  const end = () => {
    orphaned = true
    if (!current) leave()
  }
  warmUp()
  process.stdin.setEncoding('utf8').on('data', onLine).on('end', end).on('error', end)
  process.on('SIGTERM', () => {
    if (!current) {
      leave()
      return
    }
    const { stop, patienceMs } = current
    setTimeout(() => cancel(stop, 'Canceled'), patienceMs)
  })
  for (const name of ['SIGINT', 'SIGHUP', 'SIGPIPE'] as const) process.on(name, () => {})
}

const leave = (): void => {
  void coolDown().finally(() => process.exit(0))
}

/** No result means that not even writing it was possible: the daemon calls that lost. */
const carryOut = async (work: StepWork) => {
  try {
    return await runStep(work)
  } catch {
    return undefined
  }
}

/** Never blocks: a daemon that does not read gets the newest size later, not every size. */
const openHints = () => {
  const output = new Socket({ fd: 1, readable: false, writable: true })
  output.on('error', () => {})
  let waiting: Hint | undefined
  let writing = false
  const send = (hint: Hint) => {
    if (output.destroyed) return
    output.write(`${JSON.stringify(hint)}\n`, () => {
      writing = false
      const next = waiting
      waiting = undefined
      if (next?.type === 'spooled') grown(next.attempt, next.bytes)
    })
  }
  const grown = (attempt: string, bytes: number) => {
    const hint: Hint = { type: 'spooled', attempt, bytes }
    if (writing) waiting = hint
    else {
      writing = true
      send(hint)
    }
  }
  return { send, grown }
}
