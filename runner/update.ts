import { createHash, createPublicKey, verify } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  createWriteStream,
  existsSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { dirname, join, sep } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { replaceFile, syncFolder } from './durable.ts'
import type { Home } from './home.ts'
import { type Release, releaseMessage } from './protocol/release.ts'

/** How an update stands: `trying` until the new version has reached the server. */
export type Update = {
  state: 'trying' | 'good' | 'failed'
  version: string
  sha256: string
  /** Why it was taken back. */
  reason?: string
}

const MAX_PROGRAM_BYTES = 33_554_432

const updateFile = (home: Home) => join(home.root, 'update.json')
export const previousFile = (program: string) => `${program}.previous`

export const readUpdate = (home: Home): Update | undefined => {
  try {
    const value = JSON.parse(readFileSync(updateFile(home), 'utf8')) as Partial<Update>
    const { state, version, sha256, reason } = value
    if (!state || !version || !sha256) return undefined
    return { state, version, sha256, ...(reason && { reason }) }
  } catch {
    return undefined
  }
}

export const writeUpdate = (home: Home, update: Update): void =>
  replaceFile(updateFile(home), `${JSON.stringify(update, null, 2)}\n`)

/** The new version has reached the server. */
export const confirmUpdate = (home: Home): void => {
  const update = readUpdate(home)
  if (update?.state === 'trying') writeUpdate(home, { ...update, state: 'good' })
}

/** A runner looks after its program only when it was installed into its home; elsewhere somebody
 *  else does. `SLIPWAY_UPDATES=off` or `updates: false` in `runner.json` forbids it. */
export const mayUpdate = (home: Home, program: string, isWanted: boolean): boolean =>
  isWanted &&
  process.env.SLIPWAY_UPDATES !== 'off' &&
  existsSync(program) &&
  dirname(realpathSync(program)) + sep === realpathSync(home.root) + sep

export const digestOfFile = (path: string): string =>
  createHash('sha256').update(readFileSync(path)).digest('hex')

/** Whether this release is another program than ours, and not one that failed here before. */
export const isNews = (home: Home, program: string, { sha256 }: Release): boolean => {
  const last = readUpdate(home)
  if (last?.state === 'failed' && last.sha256 === sha256) return false
  return digestOfFile(program) !== sha256
}

/** Fetches the program beside ours. Throws, leaving nothing, unless it is exactly what was announced
 *  and, where a key is pinned, signed with it. */
export const fetchRelease = async (
  body: Readable,
  program: string,
  release: Release,
  pinnedKey: string | undefined,
): Promise<string> => {
  const path = `${program}.new`
  try {
    if (pinnedKey !== undefined) checkSignature(release, pinnedKey)
    let size = 0
    const bounded = async function* (chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        size += chunk.length
        if (size > MAX_PROGRAM_BYTES) throw new Error('the new program is too large')
        yield chunk
      }
    }
    await pipeline(body, bounded, createWriteStream(path, { mode: 0o600 }))
    const found = digestOfFile(path)
    if (found !== release.sha256)
      throw new Error(`the new program has the digest ${found}, announced was ${release.sha256}`)
    return path
  } catch (error) {
    body.destroy()
    rmSync(path, { force: true })
    throw error
  }
}

const checkSignature = ({ sha256, signature }: Release, pinnedKey: string): void => {
  const key = createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'Ed25519', x: pinnedKey } })
  const isGood =
    signature !== undefined &&
    verify(null, releaseMessage(sha256), key, Buffer.from(signature, 'base64url'))
  if (!isGood) throw new Error('the new program is not signed with the key that is pinned here')
}

/** Puts the new program in the place of ours, which is kept; at every instant there is a whole one. */
export const swap = (home: Home, program: string, fetched: string, release: Release): void => {
  const { version, sha256 } = release
  copyFileSync(program, previousFile(program))
  chmodSync(fetched, 0o700)
  writeUpdate(home, { state: 'trying', version, sha256 })
  renameSync(fetched, program)
  syncFolder(dirname(program))
}

/** Goes back to the program before. */
export const takeBack = (home: Home, program: string, reason: string): void => {
  const update = readUpdate(home)
  if (existsSync(previousFile(program))) renameSync(previousFile(program), program)
  if (update) writeUpdate(home, { ...update, state: 'failed', reason })
}
