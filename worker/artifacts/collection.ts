import { eq } from 'drizzle-orm'
import { ARTIFACT_BYTES, MAX_ARTIFACTS } from '../../runner/protocol/limits.ts'
import { deploymentOf } from '../../runner/protocol/messages.ts'
import { nextNumbers } from '../database/ids.ts'
import { deployments } from '../deployments/schema.ts'
import type { Environment } from '../environment.ts'
import type { AnyPrincipalCall } from '../http/call.ts'
import { Refused } from '../runners/refused.ts'
import { artifactFolder, artifactKey } from './artifact.ts'
import { artifacts } from './schema.ts'
import { listArtifactsOf } from './store.ts'

export type HandedIn = {
  attempt: string
  stepName: string
  placeName: string
  name: string
  sha256: string
  sizeBytes: number
}

/**
 * Takes a file that a running step hands in: its bytes first, checked by the object store against
 * the digest, then its row. The same file again changes nothing.
 * @throws Refused `too_large`, `invalid`, `digest`, `gone`
 */
export const collectArtifact = async (
  { db, env, now, request }: Pick<AnyPrincipalCall, 'db' | 'env' | 'now' | 'request'>,
  file: HandedIn,
): Promise<void> => {
  const { attempt, name, sha256, sizeBytes } = file
  if (sizeBytes > ARTIFACT_BYTES)
    throw new Refused('too_large', `An artifact may have ${ARTIFACT_BYTES} bytes.`)
  const known = await listArtifactsOf(db, attempt)
  const same = known.find(each => each.name === name)
  if (same?.sha256 === sha256) return
  if (same) throw new Refused('invalid', `This attempt has handed in another ${name} already.`)
  if (known.length >= MAX_ARTIFACTS)
    throw new Refused('too_large', `One step may hand in ${MAX_ARTIFACTS} artifacts.`)
  const deploymentId = deploymentOf(attempt)
  const [deployment] = await db.select().from(deployments).where(eq(deployments.id, deploymentId))
  if (!deployment) throw new Refused('gone', 'The deployment is not there any more.')
  const storageKey = artifactKey(attempt, sha256)
  await store(env.STORE, storageKey, request.body, file)
  const [number = 0] = await nextNumbers(db, 'Artifacts', 1)
  await db
    .insert(artifacts)
    .values({
      id: `Artifacts-${number}`,
      number,
      spaceId: deployment.spaceId,
      deploymentId,
      taskId: deployment.taskId,
      projectId: deployment.projectId,
      environmentId: deployment.environmentId,
      attempt,
      stepName: file.stepName,
      placeName: file.placeName,
      name,
      sizeBytes,
      sha256,
      storageKey,
      createdAt: now,
    })
    .onConflictDoNothing()
}

/** A body that is cut, longer or not what its digest says leaves nothing behind. */
const store = async (
  bucket: R2Bucket,
  key: string,
  body: ReadableStream<Uint8Array> | null,
  { sha256, sizeBytes }: HandedIn,
): Promise<void> => {
  const { readable, writable } = new FixedLengthStream(sizeBytes)
  const pouring = pour(body, writable, sizeBytes)
  const [put, poured] = await Promise.allSettled([bucket.put(key, readable, { sha256 }), pouring])
  if (poured.status === 'rejected' || !poured.value)
    throw new Refused('invalid', `The body must have the ${sizeBytes} bytes that were declared.`)
  if (put.status === 'fulfilled') return
  if (/checksum|sha-?256/i.test(String(put.reason)))
    throw new Refused('digest', 'The bytes do not agree with their digest.')
  throw put.reason
}

/** False when the body has more or fewer bytes; what it was poured into is broken off then. */
const pour = async (
  body: ReadableStream<Uint8Array> | null,
  writable: WritableStream<Uint8Array>,
  sizeBytes: number,
): Promise<boolean> => {
  const writer = writable.getWriter()
  // Whoever reads has its own way to hear of it.
  writer.closed.catch(() => undefined)
  let size = 0
  for await (const chunk of body ?? []) {
    size += chunk.byteLength
    if (size > sizeBytes) break
    await writer.write(chunk)
  }
  if (size === sizeBytes) await writer.close()
  else await writer.abort(new Error('the body has another size')).catch(() => undefined)
  return size === sizeBytes
}

const PER_LIST = 1_000
const MAX_LISTS = 1_000

/** Removes the bytes of all that a deployment's steps handed in. Safe to do twice. */
export const removeArtifacts = async (
  { STORE }: Pick<Environment, 'STORE'>,
  deploymentId: string,
): Promise<void> => {
  const prefix = artifactFolder(deploymentId)
  for (let round = 0; round < MAX_LISTS; round++) {
    const { objects } = await STORE.list({ prefix, limit: PER_LIST })
    if (objects.length === 0) return
    await STORE.delete(objects.map(({ key }) => key))
  }
}
