import { createHash } from 'node:crypto'
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { basename, dirname, join, sep } from 'node:path'
import { writeAll } from '../durable.ts'
import type { StepLog } from '../log/step-log.ts'
import { ARTIFACT_BYTES } from '../protocol/limits.ts'
import type { Result } from '../result.ts'

type Artifact = NonNullable<Result['artifacts']>[number]

/** Where the bytes of a collected file wait until the server has them. */
export const artifactFile = (folder: string, sha256: string): string =>
  join(folder, 'artifacts', sha256)

/** Keeps what the step asked to keep, by its digest in the attempt's folder. Only plain files
 *  inside `roots` are taken, never through a link: what a script prints may come from anyone. */
export const collectArtifacts = (
  log: StepLog,
  roots: readonly string[],
  folder: string,
): Artifact[] => {
  if (log.artifacts.length === 0) return []
  const inside = roots.filter(root => existsSync(root)).map(root => realpathSync(root) + sep)
  const collected: Artifact[] = []
  for (const { path, name } of log.artifacts) {
    try {
      const kept = keep(path, inside, folder)
      collected.push({ name: freeName(plainName(name), collected), ...kept })
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      log.say('warning', `The artifact ${name} is not collected: ${reason}.`)
    }
  }
  return collected
}

/** The folder is resolved first and the file then opened without following it, so that nothing the
 *  step still has running can exchange one for the other in between. */
const keep = (path: string, inside: readonly string[], folder: string): Omit<Artifact, 'name'> => {
  const real = join(realpathSync(dirname(path)), basename(path))
  if (!inside.some(root => real.startsWith(root)))
    throw new Error('only files in the working folder of the step are collected')
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
  const descriptor = openSync(real, flags)
  try {
    const { size } = plainFile(descriptor)
    if (size > ARTIFACT_BYTES) throw new Error(`it is larger than ${ARTIFACT_BYTES >> 20} MiB`)
    return copy(descriptor, folder)
  } finally {
    closeSync(descriptor)
  }
}

const plainFile = (descriptor: number) => {
  const stat = fstatSync(descriptor)
  if (!stat.isFile()) throw new Error('it is no plain file')
  if (stat.nlink > 1) throw new Error('it is a hard link to a file that may lie elsewhere')
  return stat
}

/** Copied and measured in one reading: what is sent is what was digested. */
const copy = (descriptor: number, folder: string): Omit<Artifact, 'name'> => {
  mkdirSync(join(folder, 'artifacts'), { recursive: true, mode: 0o700 })
  const waiting = artifactFile(folder, 'waiting')
  const hash = createHash('sha256')
  const buffer = Buffer.alloc(1_048_576)
  const target = openSync(waiting, 'w', 0o600)
  let sizeBytes = 0
  try {
    for (let read = readSync(descriptor, buffer); read > 0; read = readSync(descriptor, buffer)) {
      const bytes = buffer.subarray(0, read)
      hash.update(bytes)
      writeAll(target, bytes)
      sizeBytes += read
      if (sizeBytes > ARTIFACT_BYTES) throw new Error('it grew while it was collected')
    }
  } catch (error) {
    rmSync(waiting, { force: true })
    throw error
  } finally {
    closeSync(target)
  }
  const sha256 = hash.digest('hex')
  renameSync(waiting, artifactFile(folder, sha256))
  return { sizeBytes, sha256 }
}

/** A file name and nothing more, whatever was printed. */
const plainName = (name: string): string =>
  name
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '')
    .split(/[\\/]/)
    .at(-1)
    ?.trim()
    .slice(0, 180) || 'artifact'

/** Two files of one name are both kept, as `report (2).txt`. */
const freeName = (name: string, taken: readonly Artifact[]): string => {
  const isTaken = (candidate: string) => taken.some(other => other.name === candidate)
  const dot = name.lastIndexOf('.')
  const [stem, extension] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, '']
  let free = name
  for (let number = 2; isTaken(free); number++) free = `${stem} (${number})${extension}`
  return free
}
