import { eq } from 'drizzle-orm'
import type { Database } from '../database/client.ts'
import type { Environment } from '../environment.ts'
import { fromBase64, toBase64Url } from './digest.ts'
import { spaces } from './schema.ts'

/**
 * Secrets at rest are AES-256-GCM, a fresh 96-bit IV each. A space's secrets are sealed with its
 * own data key, which the master key wraps; the additional data names space, table, row and column,
 * so a ciphertext that is moved elsewhere does not open. Rotation of the master key re-wraps only.
 */
export type Keyring = { spaceId: string; key: CryptoKey }

const FORMAT = 'v1'
const IV_BYTES = 12

/** @throws Error when the space is gone, or its key was wrapped by another master key. */
export const openKeyring = async (
  env: Environment,
  db: Database,
  spaceId: string,
): Promise<Keyring> => {
  const [row] = await db
    .select({ dataKey: spaces.dataKey })
    .from(spaces)
    .where(eq(spaces.id, spaceId))
  if (!row) throw new Error(`no data key for ${spaceId}`)
  const bytes = fromBase64(await openWithMaster(env, `space-key|${spaceId}`, row.dataKey))
  return { spaceId, key: await importKey(bytes) }
}

/** A new space's data key, wrapped for `spaces.data_key`. */
export const newDataKey = (env: Environment, spaceId: string): Promise<string> =>
  sealWithMaster(
    env,
    `space-key|${spaceId}`,
    toBase64Url(crypto.getRandomValues(new Uint8Array(32))),
  )

/** @param aad what the text belongs to, as `variables|Variables-7|value` */
export const seal = (keyring: Keyring, aad: string, text: string): Promise<string> =>
  encrypt(keyring.key, `${keyring.spaceId}|${aad}`, text)

/** @throws Error when the text was altered, moved, or sealed with another key. */
export const open = (keyring: Keyring, aad: string, sealed: string): Promise<string> =>
  decrypt(keyring.key, `${keyring.spaceId}|${aad}`, sealed)

/** For what belongs to no space: wrapped data keys and the private halves of signing keys. */
export const sealWithMaster = async (
  env: Environment,
  aad: string,
  text: string,
): Promise<string> => encrypt(await masterKey(env), aad, text)

export const openWithMaster = async (
  env: Environment,
  aad: string,
  sealed: string,
): Promise<string> => decrypt(await masterKey(env), aad, sealed)

/** The master key itself encrypts nothing; what is derived from it under a label does. */
const masterKey = async (env: Environment): Promise<CryptoKey> => {
  const bytes = fromBase64(env.MASTER_KEY)
  if (bytes.byteLength !== 32)
    throw new Error(`MASTER_KEY must be 32 bytes in base64; it is ${bytes.byteLength}`)
  const root = await crypto.subtle.importKey('raw', bytes, 'HKDF', false, ['deriveKey'])
  return crypto.subtle.deriveKey(
    {
      name: 'HKDF',
      hash: 'SHA-256',
      salt: new Uint8Array(),
      info: new TextEncoder().encode('slipway wrap v1'),
    },
    root,
    { name: 'AES-GCM', length: 256 },
    false,
    ['encrypt', 'decrypt'],
  )
}

const importKey = (bytes: Uint8Array<ArrayBuffer>): Promise<CryptoKey> =>
  crypto.subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt', 'decrypt'])

const encrypt = async (key: CryptoKey, aad: string, text: string): Promise<string> => {
  const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES))
  const sealed = await crypto.subtle.encrypt(
    { name: 'AES-GCM', iv, additionalData: new TextEncoder().encode(aad) },
    key,
    new TextEncoder().encode(text),
  )
  return `${FORMAT}.${toBase64Url(iv)}.${toBase64Url(new Uint8Array(sealed))}`
}

const decrypt = async (key: CryptoKey, aad: string, sealed: string): Promise<string> => {
  const [format, iv, body] = sealed.split('.')
  if (format !== FORMAT || !iv || !body) throw new Error(`sealed text is not in format ${FORMAT}`)
  const text = await crypto.subtle.decrypt(
    { name: 'AES-GCM', iv: fromBase64(iv), additionalData: new TextEncoder().encode(aad) },
    key,
    fromBase64(body),
  )
  return new TextDecoder().decode(text)
}
