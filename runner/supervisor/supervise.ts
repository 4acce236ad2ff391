import { Socket } from 'node:net'
import { type Home, homeAt } from '../home.ts'
import { coolDown, warmUp } from '../process/warm-shell.ts'
import type { Grant } from '../protocol/messages.ts'
import { type Hint, lineReader, type Order } from './messages.ts'
import { removeWork, runStep, type StopReason, timeOut } from './run-step.ts'

/**
 * A process of its own session that carries out one step at a time and outlives the daemon: it
 * takes orders from its standard input, and when that ends it finishes what it has begun, leaves
 * the result on disk, and goes. SIGTERM asks it to cancel the step.
 */
export const supervise = (root: string): void => {
  const home = homeAt(root)
  const hints = openHints()
  let current: { attempt: string; stop: AbortController } | undefined
  let orphaned = false

  const begin = async (grant: Grant, elapsedMs: number) => {
    const { attempt } = grant
    const stop = new AbortController()
    const timer = timeOut(grant, elapsedMs, stop)
    current = { attempt, stop }
    hints.send({ type: 'taken', attempt })
    const result = await carryOut(grant, home, stop, bytes => hints.grown(attempt, bytes))
    current = undefined
    clearTimeout(timer)
    if (!result) process.exit(1)
    hints.send({ type: 'ended', attempt, result })
    removeWork(attempt, home)
    if (orphaned) leave()
    else warmUp()
  }
  const cancel = (reason: string) =>
    current?.stop.abort({ outcome: 'canceled', reason } satisfies StopReason)

  const onLine = lineReader(line => {
    const order = JSON.parse(line) as Order
    if (order.type === 'run' && !current) void begin(order.grant, order.elapsedMs)
    else if (order.type === 'cancel' && current?.attempt === order.attempt) cancel(order.reason)
  })
  const end = () => {
    orphaned = true
    if (!current) leave()
  }
  warmUp()
  process.stdin.setEncoding('utf8').on('data', onLine).on('end', end).on('error', end)
  process.on('SIGTERM', () => (current ? cancel('Canceled') : leave()))
  for (const name of ['SIGINT', 'SIGHUP', 'SIGPIPE'] as const) process.on(name, () => {})
}

const leave = (): void => {
  void coolDown().finally(() => process.exit(0))
}

/** No result means that not even writing it was possible: the daemon calls that lost. */
const carryOut = async (
  grant: Grant,
  home: Home,
  stop: AbortController,
  onGrown: (bytes: number) => void,
) => {
  try {
    return await runStep(grant, home, stop, onGrown)
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
