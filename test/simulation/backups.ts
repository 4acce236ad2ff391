import type { Libsql } from './libsql.ts'
import type { Server } from './server.ts'

type Row = Record<string, string | number | null>
type Copy = { tasks: Row[]; dashboard: Row[]; interruptions: Row[]; lastEvent: number }

const EVERY_MS = 1_500

/**
 * Copies of what libSQL knows of the deployments, one of which is put back in schedules that are after
 * that (C17). A copy is put back only while it has all tasks that there are: whoever asks for a task
 * that is lost is told so, and is no part of the model.
 */
export class Backups {
  /** The deployments that libSQL had to be told of again. */
  readonly forgotten = new Set<string>()
  readonly #server: Server
  readonly #db: Libsql
  #copy: Copy | undefined
  #underWay = 0
  /** The state of libSQL has gone back, and not by anybody's doing. */
  onPutBack: () => void = () => undefined

  constructor(server: Server, db: Libsql) {
    this.#server = server
    this.#db = db
  }

  begin(): void {
    const { world } = this.#server
    if (world.faults.focus !== 'C17') return
    const look = () => {
      if (world.faults.isHealed || this.forgotten.size > 0) return
      this.#look()
      world.after(EVERY_MS, undefined, '', look)
    }
    world.after(EVERY_MS, undefined, '', look)
  }

  /** Nothing is put back while this goes on: what was asked of a database that is exchanged fails. */
  async during<T>(deed: () => Promise<T>): Promise<T> {
    this.#underWay += 1
    try {
      return await deed()
    } finally {
      this.#underWay -= 1
    }
  }

  /** Who looks at the deployment's row now sees what is long over. */
  isBehind(deployment: string): boolean {
    if (!this.forgotten.has(deployment)) return false
    const [row] = this.#db.rows<{ sequence: number }>(
      'SELECT state_sequence AS sequence FROM tasks WHERE deployment_id = ?',
      deployment,
    )
    // What is told again is no longer counted as told.
    return (row?.sequence ?? 0) < Math.max(...this.#sequences(deployment, 'told', 'outbox'))
  }

  #look(): void {
    const { world } = this.#server
    const tasks = this.#rows('SELECT * FROM tasks')
    const copy = this.#copy
    if (!copy || copy.tasks.length !== tasks.length || world.chance.is('back up', 0.15)) {
      this.#copy = this.#take(tasks)
      return
    }
    const lost = copy.tasks
      .filter(({ deployment_id, state_sequence }) => {
        return Number(state_sequence) < this.#toldOf(String(deployment_id))
      })
      .map(({ deployment_id }) => String(deployment_id))
    if (lost.length === 0 || this.#underWay > 0 || !world.faults.isFocus('C17', 'libSQL')) return
    world.say(`libSQL: put back to an older copy, without the latest of ${lost.join(', ')}`)
    for (const deployment of lost) this.forgotten.add(deployment)
    this.#putBack(copy)
    this.onPutBack()
  }

  #take(tasks: Row[]): Copy {
    const [last] = this.#rows('SELECT coalesce(max(sequence), 0) AS sequence FROM events')
    return {
      tasks,
      dashboard: this.#rows('SELECT * FROM dashboard'),
      interruptions: this.#rows('SELECT * FROM interruptions'),
      lastEvent: Number(last?.sequence),
    }
  }

  #putBack({ tasks, dashboard, interruptions, lastEvent }: Copy): void {
    const db = this.#db
    for (const trigger of ['events_remain', 'event_documents_remain'])
      db.change(`DROP TRIGGER IF EXISTS ${trigger}`)
    db.change(`DELETE FROM event_documents WHERE event_sequence > ${lastEvent}`)
    db.change(`DELETE FROM events WHERE sequence > ${lastEvent}`)
    db.change('DELETE FROM interruptions')
    db.change('DELETE FROM dashboard')
    for (const row of dashboard) db.insert('dashboard', row)
    for (const row of interruptions) db.insert('interruptions', row)
    // Two that had a key one after the other must not seem to have it at once meanwhile.
    db.change("UPDATE tasks SET state = 'Queued'")
    for (const { id, ...row } of tasks) {
      const names = Object.keys(row)
      const marks = names.map(name => `${name} = ?`).join(', ')
      db.change(`UPDATE tasks SET ${marks} WHERE id = ?`, ...Object.values(row), id ?? null)
    }
  }

  /** How far the deployment knows that libSQL has heard. */
  #toldOf(deployment: string): number {
    return Math.max(...this.#sequences(deployment, 'told'))
  }

  #sequences(deployment: string, ...tables: ('told' | 'outbox')[]): number[] {
    const object = this.#server.objects.get(`DEPLOYMENT ${deployment}`)
    if (!object?.hasBegun) return [0]
    return tables.map(table => {
      const [row] = object.sqlite.all(`SELECT max(sequence) AS sequence FROM ${table}`, [])
      return Number(row?.sequence ?? 0)
    })
  }

  #rows(sql: string): Row[] {
    return this.#db.rows<Row>(sql).map(row => ({ ...row }))
  }
}
