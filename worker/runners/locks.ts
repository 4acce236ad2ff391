import { type Doubt, Doubts } from './doubts.ts'

/** What the Hub and the Deployment object use of their storage; `node:sqlite` serves in tests. */
export type Sql = Pick<SqlStorage, 'exec'>

/** A target's lock, for people. `attempt`: its outcome is unknown, and that is why it is held. */
export type HeldLock = { deployment: string; label: string; attempt: string | null }

/** Who keeps others from a target. */
export type Holder = { target: string; name: string; deployment: string; label: string }

export type LockRequest = {
  deployment: string
  /** Who this is, for those who wait: `ServerTasks-7 (Deploy Shop 1.0.1 to Staging)`. */
  label: string
  targets: { id: string; name: string }[]
  /** Others may work there at the same time, if they say so too. */
  shared?: boolean
}

type Lock = {
  target: string
  deployment: string
  name: string
  label: string
  attempt: string | null
  shared: number
}

/** So many targets are named to who waits for them. */
const MAX_HOLDERS = 100
/** A waiting deployment that has not asked again for this long stands in nobody's way. */
const FORGET_MS = 60_000

/**
 * Who may work on which target: one deployment each, for as long as it runs, or several that have
 * agreed to share. All of a deployment's
 * targets or none, in order of asking among those that overlap, so that none waits for another in
 * a circle or for ever. The lock of an attempt whose outcome is unknown stays with it (quarantine)
 * until its runner has said what became of it.
 */
export class Locks {
  readonly #sql: Sql
  readonly #atWork: Set<string>
  readonly #doubts: Doubts
  /** Taken, but not stored yet. */
  #taken: Lock[] = []
  readonly #begun = new Set<string>()
  constructor(sql: Sql) {
    this.#sql = sql
    sql.exec(`CREATE TABLE IF NOT EXISTS held (target TEXT NOT NULL, name TEXT NOT NULL, deployment TEXT NOT NULL,
      label TEXT NOT NULL, attempt TEXT, runner TEXT, shared INTEGER NOT NULL DEFAULT 0,
      PRIMARY KEY (target, deployment)) WITHOUT ROWID`)
    sql.exec('CREATE TABLE IF NOT EXISTS at_work (deployment TEXT PRIMARY KEY) WITHOUT ROWID')
    sql.exec(`CREATE TABLE IF NOT EXISTS asking (deployment TEXT PRIMARY KEY, targets TEXT NOT NULL,
      since INTEGER NOT NULL, asked_at INTEGER NOT NULL, shared INTEGER NOT NULL) WITHOUT ROWID`)
    this.#takeOver()
    this.#doubts = new Doubts(sql)
    this.#atWork = new Set(
      this.#rows<{ deployment: string }>('SELECT deployment FROM at_work').map(
        ({ deployment }) => deployment,
      ),
    )
  }

  /** The deployments that have begun to work here and have not ended. */
  get atWork(): string[] {
    return [...this.#atWork]
  }

  /** Undefined when all of them are held now; else whom to wait for, in words. What is taken counts
   *  at once; {@link store} must follow before anybody is told. */
  acquire(request: LockRequest, now: number): string | undefined {
    const { deployment, label, targets } = request
    const shared = request.shared ? 1 : 0
    const ids = JSON.stringify(targets.map(({ id }) => id))
    const held = this.#heldOf(ids)
    const own = held.filter(lock => lock.deployment === deployment)
    const foreign = held.filter(lock => keepsOut(lock, request))
    const isAllHeld = own.length === targets.length && foreign.length === 0
    if (isAllHeld && this.#atWork.has(deployment)) return
    const ahead = isAllHeld || foreign.length > 0 ? [] : this.#ahead(deployment, ids, shared, now)
    if (foreign.length > 0 || ahead.length > 0) {
      this.#sql.exec(
        `INSERT INTO asking VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET targets = excluded.targets, asked_at = excluded.asked_at`,
        ...[deployment, ids, now, now, shared],
      )
      return foreign.length > 0
        ? foreign.slice(0, 5).map(holding).join(', ')
        : `${ahead[0]?.deployment} is to run on the same targets first`
    }
    const isNew = ({ id }: { id: string }) => !own.some(({ target }) => target === id)
    for (const { id, name } of targets.filter(isNew))
      this.#taken.push({ target: id, name, deployment, label, attempt: null, shared })
    this.#atWork.add(deployment)
    this.#begun.add(deployment)
    return
  }

  /** Which of the targets others keep it from. */
  holdersOf(request: LockRequest): Holder[] {
    return this.#heldOf(JSON.stringify(request.targets.map(({ id }) => id)))
      .filter(lock => keepsOut(lock, request))
      .slice(0, MAX_HOLDERS)
      .map(({ target, name, deployment, label }) => ({ target, name, deployment, label }))
  }

  /** There is something taken that is not stored. */
  get isBehind(): boolean {
    return this.#begun.size > 0
  }

  /** Stores what was taken. */
  store(): void {
    for (const { target, name, deployment, label, shared } of this.#taken)
      this.#sql.exec(
        'INSERT INTO held VALUES (?, ?, ?, ?, NULL, NULL, ?) ON CONFLICT DO NOTHING',
        ...[target, name, deployment, label, shared],
      )
    for (const deployment of this.#begun) {
      this.#sql.exec('INSERT INTO at_work VALUES (?) ON CONFLICT DO NOTHING', deployment)
      this.#sql.exec('DELETE FROM asking WHERE deployment = ?', deployment)
    }
    this.#taken = []
    this.#begun.clear()
  }

  /** Frees what a deployment holds, except the targets of attempts that nobody knows the end of. */
  release(deployment: string, quarantined: Doubt[]): void {
    this.store()
    for (const doubt of quarantined) {
      this.#doubts.add(deployment, doubt)
      this.#sql.exec(
        'UPDATE held SET attempt = ?, runner = ? WHERE target = ? AND deployment = ?',
        ...[doubt.attempt, doubt.runner, doubt.target, deployment],
      )
    }
    this.#sql.exec('DELETE FROM held WHERE deployment = ? AND attempt IS NULL', deployment)
    this.#sql.exec('DELETE FROM asking WHERE deployment = ?', deployment)
    this.#sql.exec('DELETE FROM at_work WHERE deployment = ?', deployment)
    this.#atWork.delete(deployment)
  }

  /** A runner has said which attempts still run there: every other quarantine of it is over. */
  reconcile(runner: string, running: string[]): void {
    this.#doubts.keepOnly(runner, running)
  }

  /** Nothing of these runs on their runner any more: what was kept for them there is free. */
  absent(runner: string, attempts: string[]): void {
    this.#doubts.end(runner, attempts)
  }

  lift(attempt: string): void {
    this.#doubts.lift(attempt)
  }

  lockOf(target: string): HeldLock | undefined {
    const [lock] = this.#heldOf(JSON.stringify([target]))
    return lock && { deployment: lock.deployment, label: lock.label, attempt: lock.attempt }
  }

  /** Frees a target that an unknown outcome keeps; one at work keeps it. */
  liftTarget(target: string): boolean {
    const isKept = typeof this.lockOf(target)?.attempt === 'string'
    if (isKept) this.#doubts.liftTarget(target)
    return isKept
  }

  /** The waiting deployments that would get all they ask for now, the first to have asked first.
   *  One that an earlier one keeps waiting is not among them, so each has its targets to itself. */
  next(now: number): string[] {
    /** Of each target: whether all who hold it or ask for it before would share it. */
    const wanted = new Map<string, boolean>()
    const want = (target: string, isShared: boolean) =>
      wanted.set(target, isShared && (wanted.get(target) ?? true))
    const stored = this.#rows<Lock>('SELECT target, attempt, shared FROM held')
    for (const { target, attempt, shared } of [...stored, ...this.#taken])
      want(target, shared === 1 && attempt === null)
    const next: string[] = []
    for (const { deployment, targets, shared } of this.#waiting(now)) {
      const ids = JSON.parse(targets) as string[]
      const isShared = shared === 1
      if (ids.every(id => !wanted.has(id) || (isShared && wanted.get(id)))) next.push(deployment)
      for (const id of ids) want(id, isShared)
    }
    return next
  }

  #waiting(now: number) {
    return this.#rows<{ deployment: string; targets: string; shared: number }>(
      'SELECT deployment, targets, shared FROM asking WHERE asked_at > ? ORDER BY since, deployment',
      now - FORGET_MS,
    )
  }

  /** Those of these targets; one that an unknown outcome keeps comes first. */
  #heldOf(ids: string): Lock[] {
    const stored = this.#rows<Lock>(
      `SELECT target, deployment, name, label, attempt, shared FROM held
        WHERE target IN (SELECT value FROM json_each(?)) ORDER BY attempt IS NULL, deployment`,
      ids,
    )
    if (this.#taken.length === 0) return stored
    const wanted = new Set(JSON.parse(ids) as string[])
    return [...stored, ...this.#taken.filter(({ target }) => wanted.has(target))]
  }

  /** What an earlier version kept in a table of one holder each. */
  #takeOver(): void {
    const before = "SELECT 1 AS found FROM sqlite_master WHERE type = 'table' AND name = 'locks'"
    if (this.#rows(before).length === 0) return
    this.#sql.exec(
      'INSERT INTO held SELECT target, name, deployment, label, attempt, runner, 0 FROM locks',
    )
    this.#sql.exec('DROP TABLE locks')
    this.#sql.exec('DROP TABLE IF EXISTS waiting')
  }

  #ahead(deployment: string, ids: string, shared: number, now: number) {
    return this.#rows<{ deployment: string }>(
      `SELECT deployment FROM asking AS other
        WHERE deployment <> ?1 AND asked_at > ?2 AND NOT (shared AND ?5)
        AND (since, deployment) < (coalesce((SELECT since FROM asking WHERE deployment = ?1), ?3), ?1)
        AND EXISTS (SELECT 1 FROM json_each(other.targets) AS theirs JOIN json_each(?4) AS ours ON theirs.value = ours.value)
        ORDER BY since, deployment LIMIT 1`,
      ...[deployment, now - FORGET_MS, now, ids, shared],
    )
  }

  #rows<T>(query: string, ...values: (string | number)[]): T[] {
    return this.#sql.exec(query, ...values).toArray() as T[]
  }
}

const keepsOut = (lock: Lock, { deployment, shared }: LockRequest): boolean =>
  lock.deployment !== deployment && !(shared && lock.shared === 1 && lock.attempt === null)

const holding = (lock: Lock) =>
  lock.attempt === null
    ? `${lock.name} is in use by ${lock.label}`
    : `${lock.name} is held because the outcome of ${lock.label} there is unknown until its runner reports`
