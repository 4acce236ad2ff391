import { Connection } from './connection.ts'
import { StatementError } from './errors.ts'

const READERS = 16
const MAX_WAITING = 4_096
/** How long a statement may wait for its turn, in milliseconds: longer than several abandoned
 *  transactions in a row may hold it up. */
const MAX_WAIT_MS = 30_000

/** The connections of the database: one that writes, and up to 16 that read beside it. */
export class Connections {
  readonly #file: string
  readonly #writers: Turns
  readonly #readers: Turns

  constructor(file: string) {
    this.#file = file
    this.#writers = new Turns(1, () => new Connection(file, false))
    this.#readers = new Turns(READERS, () => new Connection(file, true))
  }

  /** Waits, first come first served, for a connection of the kind. Throws a `StatementError` SQLITE_BUSY. */
  async take(kind: 'read' | 'write'): Promise<Connection> {
    return kind === 'write' ? this.#writers.take() : this.#readers.take()
  }

  release(kind: 'read' | 'write', connection: Connection): void {
    const turns = kind === 'write' ? this.#writers : this.#readers
    try {
      connection.reset()
    } catch {
      turns.replace(connection)
      return
    }
    turns.release(connection)
  }

  /** Closes all connections and folds the write-ahead log into the database file. */
  close(): void {
    this.#writers.close()
    this.#readers.close()
    const last = new Connection(this.#file, false)
    last.runAll('PRAGMA wal_checkpoint(TRUNCATE)')
    last.close()
  }
}

interface Waiter {
  readonly accept: (connection: Connection) => void
  readonly refuse: (error: StatementError) => void
  readonly timer: NodeJS.Timeout
}

class Turns {
  readonly #all: Connection[] = []
  readonly #idle: Connection[] = []
  readonly #waiting = new Set<Waiter>()
  readonly #limit: number
  readonly #open: () => Connection

  constructor(limit: number, open: () => Connection) {
    this.#limit = limit
    this.#open = open
  }

  take(): Connection | Promise<Connection> {
    const idle = this.#idle.pop()
    if (idle !== undefined) return idle
    if (this.#all.length < this.#limit) {
      const opened = this.#open()
      this.#all.push(opened)
      return opened
    }
    if (this.#waiting.size >= MAX_WAITING) {
      throw new StatementError(
        `database is locked: ${MAX_WAITING} others are waiting`,
        'SQLITE_BUSY',
      )
    }
    return new Promise((accept, refuse) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(waiter)
        refuse(
          new StatementError(
            `database is locked: waited ${MAX_WAIT_MS / 1000} s for other transactions`,
            'SQLITE_BUSY',
          ),
        )
      }, MAX_WAIT_MS)
      const waiter: Waiter = { accept, refuse, timer }
      this.#waiting.add(waiter)
    })
  }

  release(connection: Connection): void {
    const [next] = this.#waiting
    if (next === undefined) {
      this.#idle.push(connection)
      return
    }
    this.#waiting.delete(next)
    clearTimeout(next.timer)
    next.accept(connection)
  }

  /** In place of a connection that cannot be made usable again, whoever is next gets a new one. */
  replace(broken: Connection): void {
    this.#all.splice(this.#all.indexOf(broken), 1)
    broken.close()
    if (this.#waiting.size === 0) return
    const opened = this.#open()
    this.#all.push(opened)
    this.release(opened)
  }

  close(): void {
    for (const waiter of this.#waiting) {
      clearTimeout(waiter.timer)
      waiter.refuse(new StatementError('the database is closing', 'SQLITE_BUSY'))
    }
    this.#waiting.clear()
    for (const connection of this.#all) connection.close()
    this.#all.length = 0
    this.#idle.length = 0
  }
}
