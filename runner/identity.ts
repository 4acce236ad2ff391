import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { replaceFile } from './durable.ts'
import type { Home } from './home.ts'
import { proofMessage, sessionMessage } from './protocol/signatures.ts'

/** Which runner this is, and of which server. */
export type Identity = {
  server: string
  runnerId: string
  spaceId: string
  name: string
  /** False: the program is never replaced by one the server offers. */
  updates?: boolean
  /** Raw Ed25519 public key, base64url: only programs signed with it are taken. */
  releaseKey?: string
}

/** The key made on this machine; it never leaves it. Made on first use. */
export const openKey = (home: Home): KeyObject => {
  if (!existsSync(home.key)) {
    const { privateKey } = generateKeyPairSync('ed25519')
    replaceFile(home.key, privateKey.export({ type: 'pkcs8', format: 'pem' }) as string)
  }
  return createPrivateKey(readFileSync(home.key, 'utf8'))
}

/** The raw public key, base64url. */
export const publicKeyOf = (key: KeyObject): string => {
  const { x } = createPublicKey(key).export({ format: 'jwk' })
  return x as string
}

export const signSession = (key: KeyObject, runnerId: string, nonce: string): string =>
  sign(null, sessionMessage(runnerId, nonce), key).toString('base64url')

/** Proofs of one session, each with a number of its own. */
export const proofsOf = (key: KeyObject, session: { runnerId: string; epoch: number }) => {
  let number = 0
  return (path: string, body: string): string => {
    number += 1
    const digest = createHash('sha256').update(body).digest('base64url')
    const message = proofMessage({ ...session, number, path, digest })
    return `${number}.${sign(null, message, key).toString('base64url')}`
  }
}

export const saveIdentity = (home: Home, identity: Identity): void =>
  replaceFile(home.config, `${JSON.stringify(identity, null, 2)}\n`)

export const loadIdentity = (home: Home): Identity | undefined => {
  if (!existsSync(home.config)) return undefined
  const value = JSON.parse(readFileSync(home.config, 'utf8')) as Partial<Identity>
  const { server, runnerId, spaceId, name, updates, releaseKey } = value
  if (!server || !runnerId)
    throw new Error(`${home.config} is damaged: register this runner again.`)
  return {
    server,
    runnerId,
    spaceId: spaceId ?? '',
    name: name ?? runnerId,
    ...(updates === false && { updates }),
    ...(releaseKey && { releaseKey }),
  }
}
