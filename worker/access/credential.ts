import { decodeJwt } from 'jose'
import type { Environment } from '../environment.ts'
import type { Query } from '../http/query.ts'
import { API_KEY } from './api-key.ts'
import { sessionCookieOf } from './cookies.ts'
import { sha256Hex } from './digest.ts'
import { kidOf } from './tokens.ts'

/** What a request says of who sent it, before anything was looked up. */
export type Credential =
  | { kind: 'none' }
  | { kind: 'unusable'; reason: string }
  | { kind: 'key'; keyHash: string }
  | { kind: 'token'; token: string; kid: string; subject: string }
  | { kind: 'session'; idHash: string; fromClient: boolean }

const BAD_KEY = 'The API key you sent is not valid: it is unknown, was revoked, or has expired.'
const BAD_TOKEN = 'The access token you sent is not valid or has expired. Ask for a new one.'
export const REFUSALS = {
  key: BAD_KEY,
  token: BAD_TOKEN,
  session: 'Your session has ended. Sign in again.',
}

/** Headers come before the query, and the cookie last. An empty header is no credential: one
 *  client sends it so when it has none. */
export const credentialOf = async (
  request: Request,
  env: Environment,
  query: Query,
): Promise<Credential> => {
  const { headers } = request
  const key = headers.get('x-octopus-apikey')?.trim() || headers.get('x-nuget-apikey')?.trim()
  if (key) return keyCredential(key)
  const bearer = /^bearer +(\S+)$/i.exec(headers.get('authorization')?.trim() ?? '')?.[1]
  if (bearer) return API_KEY.test(bearer) ? keyCredential(bearer) : tokenCredential(bearer)
  const inQuery = query.text('apikey')
  if (inQuery) return keyCredential(inQuery)
  const cookie = sessionCookieOf(request, env)
  if (cookie)
    return {
      kind: 'session',
      idHash: await sha256Hex(cookie.id.slice(0, 200)),
      fromClient: cookie.fromClient,
    }
  return { kind: 'none' }
}

const keyCredential = async (key: string): Promise<Credential> =>
  API_KEY.test(key)
    ? { kind: 'key', keyHash: await sha256Hex(key) }
    : {
        kind: 'unusable',
        reason: 'An API key is API- followed by capital letters and digits; what you sent is not.',
      }

/** The subject is only believed once the signature has been checked. */
const tokenCredential = (token: string): Credential => {
  const kid = kidOf(token)
  if (kid === undefined) return { kind: 'unusable', reason: BAD_TOKEN }
  try {
    const { sub, aud } = decodeJwt(token)
    if (typeof sub === 'string' && sub.length <= 100 && aud === 'api')
      return { kind: 'token', token, kid, subject: sub }
  } catch {
    // Not a token at all; said below in the same words as of any other bad one.
  }
  return { kind: 'unusable', reason: BAD_TOKEN }
}
