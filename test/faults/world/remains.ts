import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import Database from 'libsql'
import type { AttemptFacts, History } from '../checker/history.ts'

type Json = ReturnType<typeof JSON.parse>

const filesIn = (folder: string): string[] => {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => join(entry.parentPath, entry.name))
  } catch {
    return []
  }
}

/** What the disks hold when everything has been stopped. */
export const readRemains = (
  dataDir: string,
  database: string,
): Pick<History, 'integrity' | 'locks' | 'atWork' | 'events'> & {
  tasks: Json[]
  attempts: Map<string, AttemptFacts[]>
  interruptions: Json[]
} => {
  const integrity: History['integrity'] = []
  const locks: History['locks'] = []
  const atWork: string[] = []
  const attempts = new Map<string, AttemptFacts[]>()
  for (const file of filesIn(join(dataDir, 'state')).filter(name => name.endsWith('.sqlite'))) {
    const db = new DatabaseSync(file)
    try {
      integrity.push({ file: file.slice(dataDir.length + 1), result: checked(() => check(db)) })
      const tables = db
        .prepare("SELECT name FROM sqlite_master WHERE type = 'table'")
        .all() as Json[]
      const has = (name: string) => tables.some(table => table.name === name)
      if (has('locks')) {
        locks.push(
          ...(db.prepare('SELECT target, deployment, attempt FROM locks').all() as Json[]).map(
            ({ target, deployment, attempt }) => ({ target, deployment, attempt }),
          ),
        )
        atWork.push(
          ...(db.prepare('SELECT deployment FROM at_work').all() as Json[]).map(
            ({ deployment }) => deployment,
          ),
        )
      }
      if (has('facts') && has('attempts')) readDeployment(db, attempts)
    } finally {
      db.close()
    }
  }
  const db = new Database(database)
  try {
    integrity.push({
      file: 'libsql/slipway.db',
      result: checked(
        () => (db.prepare('PRAGMA integrity_check').all() as Json[])[0]?.integrity_check,
      ),
    })
    const all = (sql: string): Json[] => db.prepare(sql).all() as Json[]
    return {
      integrity,
      locks,
      atWork,
      attempts,
      tasks: all('SELECT * FROM tasks WHERE deployment_id IS NOT NULL ORDER BY number'),
      interruptions: all('SELECT * FROM interruptions'),
      events: all('SELECT id, category, document_ids FROM events ORDER BY sequence').map(row => ({
        id: String(row.id),
        category: String(row.category),
        documents: JSON.parse(String(row.document_ids)) as string[],
      })),
    }
  } finally {
    db.close()
  }
}

const check = (db: DatabaseSync): string =>
  String((db.prepare('PRAGMA integrity_check').all()[0] as Json)?.integrity_check)

const checked = (look: () => string): string => {
  try {
    return look()
  } catch (error) {
    return String(error)
  }
}

const readDeployment = (db: DatabaseSync, into: Map<string, AttemptFacts[]>): void => {
  const fact = (name: string): Json => {
    const row = db.prepare('SELECT body FROM facts WHERE name = ?').get(name) as Json
    return row ? JSON.parse(row.body) : undefined
  }
  const execution = fact('execution')
  const plan = fact('plan')
  if (!execution || !plan) return
  const rows = db.prepare('SELECT body FROM attempts ORDER BY number').all() as Json[]
  into.set(
    execution.deployment,
    rows.map(({ body }) => {
      const attempt = JSON.parse(body)
      const step = plan.steps[attempt.step]
      const targetId = step?.lanes[attempt.lane]?.targetId
      const name = plan.targets[targetId]?.name ?? 'a worker'
      return {
        id: `${execution.deployment}_${attempt.number}`,
        step: String(step?.name ?? attempt.step),
        target: name,
        state: attempt.state,
        exitCode: attempt.exitCode,
        reason: attempt.reason,
        evidence: attempt.evidence,
        retrySafe: step?.actions[attempt.action]?.isRetrySafe === true,
        answered: false,
      }
    }),
  )
}

const MAX_SEARCHED = 1024 * 1024 * 1024

/** The text as it is, and as base64 wherever in three bytes it begins. */
export const formsOf = (text: string): string[] => [
  text,
  ...[0, 1, 2].map(shift =>
    // What the neighbours have a part in is left out at either end.
    Buffer.from(`${'.'.repeat(shift)}${text}`)
      .toString('base64')
      .slice(shift === 0 ? 0 : 4, -4),
  ),
]

export const holdsAny = (bytes: Buffer | string, forms: readonly string[]): boolean =>
  forms.some(form => bytes.includes(form))

/** The files under these folders that hold one of the texts, whatever they are. */
export const filesWith = (forms: readonly string[], folders: string[]): string[] =>
  folders.flatMap(filesIn).filter(file => {
    try {
      return statSync(file).size <= MAX_SEARCHED && holdsAny(readFileSync(file), forms)
    } catch {
      return false
    }
  })
