import { readEntries } from '../../runner/journal.ts'
import type { Backups } from './backups.ts'
import type { Host } from './host.ts'
import type { Libsql } from './libsql.ts'
import { isFinal, type Observer, type Sight } from './observer.ts'
import { type Scenario, SPACE } from './scenario.ts'
import type { Server } from './server.ts'
import type { Store } from './store.ts'
import { Violation } from './violation.ts'

/** How long after healing nothing at all may happen to a deployment that could go on: a minute until
 *  the schedule takes it for quiet, and half a minute until the schedule comes round. */
const STUCK_MS = 100_000
/** How long after its end whatever it held may still be there. */
const LEFT_MS = 180_000

const ENDS = new Set(['Success', 'Failed', 'Canceled', 'TimedOut'])

const CATEGORY: Record<string, string> = {
  Success: 'DeploymentSucceeded',
  Failed: 'DeploymentFailed',
  Canceled: 'DeploymentCanceled',
  TimedOut: 'DeploymentTimedOut',
}

type Parts = {
  server: Server
  hosts: readonly Host[]
  observer: Observer
  db: Libsql
  store: Store
  backups: Backups
  scenario: Scenario
  printed: ReadonlyMap<string, Buffer>
}

/** What must hold in the end: everything has ended, and nothing is left of it. */
export class Quiet {
  readonly #world: Parts
  #healedAt = 0
  #endedAt = new Map<string, number>()

  constructor(world: Parts) {
    this.#world = world
  }

  heal(): void {
    this.#healedAt = this.#world.server.world.now
  }

  /** True when all is done, also before it has healed: then nothing is left that could be disturbed. */
  get isOver(): boolean {
    const { scenario, server } = this.#world
    if (!server.isUp || server.isLibsqlDown) return false
    return (
      scenario.deployments.every(
        ({ id }) => this.#hasEnded(id) && this.#leftOf(id) === undefined,
      ) &&
      this.#leftOnMachines() === undefined &&
      this.#leftInHub() === undefined
    )
  }

  #hasEnded(id: string): boolean {
    const state = this.#taskOf(id)
    const sight = this.#world.observer.sights.get(id)
    if (state === undefined || !ENDS.has(state)) return false
    return sight === undefined || (sight.committed !== undefined && isFinal(sight.committed))
  }

  /** True when all is done. @throws Violation I6, I11, I12 when it is not and should be */
  look(): boolean {
    const { server, scenario, observer } = this.#world
    const { now } = server.world
    let isQuiet = true
    for (const { id } of scenario.deployments) {
      const sight = observer.sights.get(id)
      if (this.#hasEnded(id)) {
        const endedAt = this.#endedAt.get(id) ?? now
        this.#endedAt.set(id, endedAt)
        const left = sight ? this.#leftOf(id) : undefined
        if (left === undefined) continue
        isQuiet = false
        if (now > Math.max(endedAt, this.#healedAt) + LEFT_MS) throw new Violation('I12', left)
        continue
      }
      isQuiet = false
      const since = Math.max(this.#healedAt, sight?.changedAt ?? 0, this.#lastDeed())
      const isWaiting = this.#isWaiting(id, sight) || this.#isAtWork(id)
      if (!isWaiting && now > since + STUCK_MS)
        throw new Violation(
          'I6',
          `${id} (task ${this.#taskOf(id) ?? 'missing'}, ${sight?.committed?.status ?? 'not begun'}) has not moved for ${Math.round((now - since) / 1000)} s${stuckIn(sight)}`,
        )
    }
    if (!isQuiet) return false
    const left = this.#leftOnMachines() ?? this.#leftInHub()
    if (left === undefined) return true
    const since = Math.max(this.#healedAt, ...this.#endedAt.values())
    if (now > since + LEFT_MS) throw new Violation(left.startsWith('process') ? 'I11' : 'I12', left)
    return false
  }

  /** I3 and I9: looks at sealed logs and at the audit record. */
  judge(): void {
    for (const { id } of this.#world.scenario.deployments) {
      const sight = this.#world.observer.sights.get(id)
      if (sight) this.#sealedLog(id, sight)
      this.#audit(id, sight)
    }
  }

  #taskOf(id: string): string | undefined {
    const [row] = this.#world.db.rows<{ state: string }>(
      'SELECT state FROM tasks WHERE deployment_id = ?',
      id,
    )
    return row?.state
  }

  /** Somebody else who has not ended holds its key or a target of it, or a person is asked. */
  #isWaiting(id: string, sight: Sight | undefined): boolean {
    const { scenario, observer } = this.#world
    const state = sight?.committed
    const isAsked = state?.interruptions?.some(each => each.state === 'Pending') ?? false
    const others = [...observer.sights.values()].filter(
      ({ latest }) => latest.deployment !== id && !isFinal(latest),
    )
    const isBehind = state === undefined || state.waitingFor !== null
    return isAsked || (isBehind && (others.length > 0 || scenario.deployments.length === 0))
  }

  /** A step of it runs on some machine. */
  #isAtWork(id: string): boolean {
    return this.#world.hosts.some(host =>
      [...host.programs.values()].some(({ cookie }) => cookie?.includes(`/${id}_`)),
    )
  }

  #lastDeed(): number {
    return Math.max(0, ...this.#world.hosts.map(({ ledger }) => ledger.at(-1)?.at ?? 0))
  }

  #leftOf(id: string): string | undefined {
    const object = this.#world.server.objects.get(`DEPLOYMENT ${id}`)
    if (!object) return undefined
    if (object.sqlite.all('SELECT 1 FROM outbox LIMIT 1', []).length > 0)
      return `the outbox of ${id} is not empty`
    if (!this.#world.store.objects.has(`logs/${id}`)) return `the log of ${id} is not sealed`
    const [row] = this.#world.db.rows<{ log_key: string | null; pending: number }>(
      'SELECT log_key, pending_interruptions AS pending FROM tasks WHERE deployment_id = ?',
      id,
    )
    // That alone is not told again: nobody asks a task that has ended how it is.
    const isPutBack = this.#world.backups.forgotten.size > 0
    if (row?.log_key == null && !isPutBack) return `the task of ${id} does not know its sealed log`
    if (row && row.pending > 0) return `the task of ${id} still has ${row.pending} questions`
    return undefined
  }

  #leftOnMachines(): string | undefined {
    for (const host of this.#world.hosts) {
      for (const { cookie } of host.programs.values())
        if (cookie !== undefined) return `process of ${cookie} is left on ${host.name}`
      const journal = `${host.home}/journal.jsonl`
      if (!host.disk.exists(journal)) continue
      const open = new Set<string>()
      for (const { type, attempt } of readEntries(host.disk.content(journal).toString())) {
        if (type === 'forgotten') open.delete(attempt)
        else open.add(attempt)
      }
      if (open.size > 0) return `the journal of ${host.name} still has ${[...open].join(', ')}`
      const [folder] = host.disk.list(`${host.home}/attempts`)
      if (folder !== undefined) return `the folder of ${folder} is left on ${host.name}`
    }
    return undefined
  }

  #leftInHub(): string | undefined {
    const hub = this.#world.server.objects.get(`HUB ${SPACE}`)
    if (!hub) return undefined
    const tables = hub.sqlite.all("SELECT name FROM sqlite_master WHERE type = 'table'", [])
    for (const { name } of tables) {
      // Runners stay; whoever is shut out stays so until a person lets him in.
      if (name === 'runners' || name === 'quarantine') continue
      const table = String(name)
      const rows = hub.sqlite.all(`SELECT * FROM ${table} LIMIT 3`, [])
      if (rows.length > 0) return `the hub still has ${table}: ${JSON.stringify(rows)}`
    }
    return undefined
  }

  #sealedLog(id: string, sight: Sight): void {
    const sealed = this.#world.store.objects.get(`logs/${id}`)
    if (!sealed) throw new Violation('I3', `the log of ${id} is not in the store`)
    const logs = new Map<string, Buffer>()
    for (let at = 0; at < sealed.bytes.length; ) {
      const end = sealed.bytes.indexOf(10, at)
      const head = JSON.parse(sealed.bytes.subarray(at, end).toString()) as {
        attempt: string | null
        offset: number
        size: number
      }
      const bytes = sealed.bytes.subarray(end + 1, end + 1 + head.size)
      at = end + 1 + head.size
      if (head.attempt === null) continue
      const before = logs.get(head.attempt) ?? Buffer.alloc(0)
      if (head.offset !== before.length)
        throw new Violation('I3', `${head.attempt}: the sealed log has a gap at ${before.length}`)
      logs.set(head.attempt, Buffer.concat([before, bytes]))
    }
    for (const { number, state } of sight.committed?.attempts ?? []) {
      const name = `${id}:${number}`
      const truth = this.#world.printed.get(name) ?? Buffer.alloc(0)
      const log = logs.get(name) ?? Buffer.alloc(0)
      const isWhole = log.equals(truth)
      const isPart = truth.subarray(0, log.length).equals(log)
      if (isWhole || (isPart && state === 'Unknown')) continue
      throw new Violation(
        'I3',
        `${name} (${state}) printed ${truth.length} bytes; ${log.length} are in the sealed log`,
      )
    }
  }

  /** One record of each change of state, and none of what did not happen. */
  #audit(id: string, sight: Sight | undefined): void {
    const rows = this.#world.db.rows<{ category: string; count: number }>(
      `SELECT e.category, count(*) AS count FROM events AS e
        JOIN event_documents AS d ON d.event_sequence = e.sequence
        WHERE d.document_id = ? AND e.category LIKE 'Deployment%' GROUP BY e.category`,
      id,
    )
    for (const { category, count } of rows)
      if (count > 1 && category !== 'DeploymentCancelling' && category !== 'DeploymentRestated')
        throw new Violation('I9', `${id} has ${count} records of ${category}`)
    const state = sight?.committed?.status
    const has = (category: string) => rows.some(row => row.category === category)
    for (const [status, category] of Object.entries(CATEGORY))
      if (has(category) !== (state === status))
        throw new Violation(
          'I9',
          `${id} ended ${state ?? 'without a start'}, and has ${has(category) ? 'a' : 'no'} record of ${category}`,
        )
    const { forgotten } = this.#world.backups
    const isTold = has('DeploymentRestated')
    if (isTold ? forgotten.size === 0 : forgotten.has(id))
      throw new Violation(
        'I9',
        `${id} has ${isTold ? 'a' : 'no'} record of libSQL having been put back to an older copy`,
      )
    if (state !== undefined && !has('DeploymentStarted'))
      throw new Violation('I9', `${id} has no record of its start`)
  }
}

const stuckIn = (sight: Sight | undefined): string => {
  const active = sight?.committed?.attempts.filter(({ endedAt }) => endedAt === null) ?? []
  if (active.length === 0) return ''
  return `: ${active.map(({ number, state }) => `:${number} ${state}`).join(', ')}`
}
