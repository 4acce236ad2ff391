import { sql } from 'drizzle-orm'
import type { Database } from '../database/client.ts'
import type { LogNode, TaskDetails } from './log.ts'
import { tasks } from './schema.ts'
import type { TaskRow } from './store.ts'
import { HIDDEN } from './wait.ts'

const NAMES = /\b(?:ServerTasks|Deployments)-\d{1,12}\b/g
const GONE = 'It waits for another task, of which nothing is known any more.'

const isNamed = (name: string) => (task: TaskRow) => task.id === name || task.deploymentId === name

/** The tasks that these texts name, by their own ids or by those of their deployments. */
export const holdersIn = async (db: Database, texts: readonly string[]): Promise<TaskRow[]> => {
  const names = texts.flatMap(text => text.match(NAMES) ?? [])
  if (names.length === 0) return []
  const wanted = sql`(SELECT value FROM json_each(${JSON.stringify([...new Set(names)])}))`
  return db
    .select()
    .from(tasks)
    .where(sql`${tasks.id} IN ${wanted} OR ${tasks.deploymentId} IN ${wanted}`)
}

export type Named = { text: string; holder: TaskRow | undefined }

/** Who waits is told of others by hubs that tell everybody everything: here only those are named
 *  whom the reader may see, and nobody who is not there. */
export const namedFor = (
  text: string,
  holders: readonly TaskRow[],
  maySee: (task: TaskRow) => boolean,
): Named => {
  const names = [...new Set(text.match(NAMES))]
  const found = names.map(name => ({ name, task: holders.find(isNamed(name)) }))
  if (found.some(({ task }) => task === undefined)) return { text: GONE, holder: undefined }
  const shown = found.reduce((told, { name, task }) => {
    if (!task) return told
    const full = `${task.id} (${task.description})`
    const seen = maySee(task) ? full : HIDDEN
    return name === task.id
      ? told.replaceAll(full, seen).replaceAll(name, maySee(task) ? name : HIDDEN)
      : told.replaceAll(name, seen)
  }, text)
  const first = found[0]?.task
  return { text: shown, holder: first && maySee(first) ? first : undefined }
}

/** The same for all that a deployment's object tells of itself. */
export const detailsFor = async (
  db: Database,
  details: TaskDetails | undefined,
  maySee: (task: TaskRow) => boolean,
): Promise<TaskDetails | undefined> => {
  const waits = details?.waitingFor
  if (!details || !waits?.text.match(NAMES)) return details
  const held = holdersOf(details.tree)
  const holders = await holdersIn(db, [waits.text, ...held])
  const { text, holder } = namedFor(waits.text, holders, maySee)
  const isShown = (taskId: string) => holders.some(task => task.id === taskId && maySee(task))
  return {
    ...details,
    waitingFor: { text, deploymentId: holder?.deploymentId ?? null },
    tree: treeFor(details.tree, isShown),
  }
}

const holdersOf = ({ notes = [], children }: LogNode): string[] => [
  ...notes.flatMap(note => (note.type === 'target' && note.heldBy ? [note.heldBy.taskId] : [])),
  ...children.flatMap(holdersOf),
]

const treeFor = (node: LogNode, isShown: (taskId: string) => boolean): LogNode => ({
  ...node,
  ...(node.notes && {
    notes: node.notes.map(note =>
      note.type === 'target' && note.heldBy && !isShown(note.heldBy.taskId)
        ? { ...note, heldBy: null }
        : note,
    ),
  }),
  children: node.children.map(child => treeFor(child, isShown)),
})
