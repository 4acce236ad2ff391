import { createHash } from 'node:crypto'
import {
  closeSync,
  constants,
  copyFileSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  realpathSync,
} from 'node:fs'
import { join, sep } from 'node:path'
import type { StepLog } from '../log/step-log.ts'
import type { Result } from '../result.ts'

const MAX_ARTIFACT_BYTES = 104_857_600

type Artifact = NonNullable<Result['artifacts']>[number]

/** Keeps what the step asked to keep, by its digest in the attempt's folder. Only plain files
 *  inside `roots` are taken: what a script prints may come from anyone. */
export const collectArtifacts = (
  log: StepLog,
  roots: readonly string[],
  folder: string,
): Artifact[] => {
  const inside = roots.map(root => realpathSync(root) + sep)
  return log.artifacts.flatMap(({ path, name }) => {
    try {
      const real = realpathSync(path)
      const isOurs = inside.some(root => real.startsWith(root)) && !lstatSync(path).isSymbolicLink()
      if (!isOurs || !lstatSync(real).isFile())
        throw new Error('only files in the working folder of the step are collected')
      const sizeBytes = lstatSync(real).size
      if (sizeBytes > MAX_ARTIFACT_BYTES) throw new Error('it is larger than 100 MiB')
      const sha256 = digestOf(real)
      mkdirSync(join(folder, 'artifacts'), { recursive: true, mode: 0o700 })
      copyFileSync(real, join(folder, 'artifacts', sha256), constants.COPYFILE_FICLONE)
      return [{ name: name.slice(0, 200), sizeBytes, sha256 }]
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      log.say('warning', `The artifact ${name} is not collected: ${reason}.`)
      return []
    }
  })
}

const digestOf = (path: string): string => {
  const hash = createHash('sha256')
  const buffer = Buffer.alloc(1_048_576)
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW)
  try {
    for (let read = readSync(descriptor, buffer); read > 0; read = readSync(descriptor, buffer))
      hash.update(buffer.subarray(0, read))
  } finally {
    closeSync(descriptor)
  }
  return hash.digest('hex')
}
