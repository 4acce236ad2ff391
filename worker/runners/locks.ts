/** What the Hub and the Deployment object use of their storage; `node:sqlite` serves in tests. */
export type Sql = Pick<SqlStorage, 'exec'>

/** A target's lock, for people. `attempt`: its outcome is unknown, and that is why it is held. */
export type HeldLock = { deployment: string; label: string; attempt: string | null }

export type LockRequest = {
  deployment: string
  /** Who this is, for those who wait: `ServerTasks-7 (Deploy Shop 1.0.1 to Staging)`. */
  label: string
  targets: { id: string; name: string }[]
}

type Lock = { deployment: string; name: string; label: string; attempt: string | null }

/** A waiting deployment that has not asked again for this long stands in nobody's way. */
const FORGET_MS = 60_000

/**
 * Who may work on which target: one deployment each, for as long as it runs. All of a deployment's
 * targets or none, in order of asking among those that overlap, so that none waits for another in
 * a circle or for ever. The lock of an attempt whose outcome is unknown stays with it (quarantine)
 * until its runner has said what became of it.
 */
export class Locks {
  readonly #sql: Sql
  readonly #atWork: Set<string>
  /** Taken, but not stored yet. */
  readonly #taken = new Map<string, { name: string; deployment: string; label: string }>()
  readonly #begun = new Set<string>()
  constructor(sql: Sql) {
    this.#sql = sql
    sql.exec(`CREATE TABLE IF NOT EXISTS locks (target TEXT PRIMARY KEY, name TEXT NOT NULL, deployment TEXT NOT NULL,
      label TEXT NOT NULL, attempt TEXT, runner TEXT) WITHOUT ROWID`)
    sql.exec('CREATE TABLE IF NOT EXISTS at_work (deployment TEXT PRIMARY KEY) WITHOUT ROWID')
    sql.exec(`CREATE TABLE IF NOT EXISTS waiting (deployment TEXT PRIMARY KEY, targets TEXT NOT NULL,
      since INTEGER NOT NULL, asked_at INTEGER NOT NULL) WITHOUT ROWID`)
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
  acquire({ deployment, label, targets }: LockRequest, now: number): string | undefined {
    const ids = JSON.stringify(targets.map(({ id }) => id))
    const held = this.#heldOf(targets, ids)
    const isAllHeld =
      held.length === targets.length && held.every(lock => lock.deployment === deployment)
    if (isAllHeld && this.#atWork.has(deployment)) return
    const foreign = held.filter(lock => lock.deployment !== deployment)
    const ahead = isAllHeld || foreign.length > 0 ? [] : this.#ahead(deployment, ids, now)
    if (foreign.length > 0 || ahead.length > 0) {
      this.#sql.exec(
        `INSERT INTO waiting VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET targets = excluded.targets, asked_at = excluded.asked_at`,
        ...[deployment, ids, now, now],
      )
      return foreign.length > 0
        ? foreign.slice(0, 5).map(holding).join(', ')
        : `${ahead[0]?.deployment} is to run on the same targets first`
    }
    for (const { id, name } of targets) this.#taken.set(id, { name, deployment, label })
    this.#atWork.add(deployment)
    this.#begun.add(deployment)
    return
  }

  /** There is something taken that is not stored. */
  get isBehind(): boolean {
    return this.#begun.size > 0
  }

  /** Stores what was taken. */
  store(): void {
    for (const [target, { name, deployment, label }] of this.#taken)
      this.#sql.exec(
        'INSERT INTO locks VALUES (?, ?, ?, ?, NULL, NULL) ON CONFLICT DO NOTHING',
        ...[target, name, deployment, label],
      )
    for (const deployment of this.#begun) {
      this.#sql.exec('INSERT INTO at_work VALUES (?) ON CONFLICT DO NOTHING', deployment)
      this.#sql.exec('DELETE FROM waiting WHERE deployment = ?', deployment)
    }
    this.#taken.clear()
    this.#begun.clear()
  }

  /** Frees what a deployment holds, except the targets of attempts that nobody knows the end of. */
  release(
    deployment: string,
    quarantined: { target: string; attempt: string; runner: string }[],
  ): void {
    this.store()
    for (const { target, attempt, runner } of quarantined)
      this.#sql.exec(
        'UPDATE locks SET attempt = ?, runner = ? WHERE target = ? AND deployment = ?',
        ...[attempt, runner, target, deployment],
      )
    this.#sql.exec('DELETE FROM locks WHERE deployment = ? AND attempt IS NULL', deployment)
    this.#sql.exec('DELETE FROM waiting WHERE deployment = ?', deployment)
    this.#sql.exec('DELETE FROM at_work WHERE deployment = ?', deployment)
    this.#atWork.delete(deployment)
  }

  /** A runner has said which attempts still run there: every other quarantine of it is over. */
  reconcile(runner: string, running: string[]): void {
    this.#sql.exec(
      `DELETE FROM locks WHERE runner = ? AND attempt IS NOT NULL
        AND attempt NOT IN (SELECT value FROM json_each(?))`,
      ...[runner, JSON.stringify(running)],
    )
  }

  lift(attempt: string): void {
    this.#sql.exec('DELETE FROM locks WHERE attempt = ?', attempt)
  }

  lockOf(target: string): HeldLock | undefined {
    const taken = this.#taken.get(target)
    if (taken) return { deployment: taken.deployment, label: taken.label, attempt: null }
    return this.#rows<HeldLock>(
      'SELECT deployment, label, attempt FROM locks WHERE target = ?',
      target,
    )[0]
  }

  /** Frees a target that an unknown outcome keeps; one at work keeps it. */
  liftTarget(target: string): boolean {
    const isKept = typeof this.lockOf(target)?.attempt === 'string'
    if (isKept) this.#sql.exec('DELETE FROM locks WHERE target = ?', target)
    return isKept
  }

  /** The deployments that wait, the first to have asked first. */
  waiting(): string[] {
    return this.#rows<{ deployment: string }>(
      'SELECT deployment FROM waiting ORDER BY since, deployment',
    ).map(row => row.deployment)
  }

  #heldOf(targets: LockRequest['targets'], ids: string): Lock[] {
    const stored = this.#rows<Lock>(
      'SELECT deployment, name, label, attempt FROM locks WHERE target IN (SELECT value FROM json_each(?))',
      ids,
    )
    const taken = targets.flatMap(({ id }) => {
      const lock = this.#taken.get(id)
      return lock ? [{ ...lock, attempt: null }] : []
    })
    return [...stored, ...taken]
  }

  #ahead(deployment: string, ids: string, now: number) {
    return this.#rows<{ deployment: string }>(
      `SELECT deployment FROM waiting AS other
        WHERE deployment <> ?1 AND asked_at > ?2
        AND (since, deployment) < (coalesce((SELECT since FROM waiting WHERE deployment = ?1), ?3), ?1)
        AND EXISTS (SELECT 1 FROM json_each(other.targets) AS theirs JOIN json_each(?4) AS ours ON theirs.value = ours.value)
        ORDER BY since, deployment LIMIT 1`,
      ...[deployment, now - FORGET_MS, now, ids],
    )
  }

  #rows<T>(query: string, ...values: (string | number)[]): T[] {
    return this.#sql.exec(query, ...values).toArray() as T[]
  }
}

const holding = (lock: Lock) =>
  lock.attempt === null
    ? `${lock.name} is in use by ${lock.label}`
    : `${lock.name} is held because the outcome of ${lock.label} there is unknown until its runner reports`
