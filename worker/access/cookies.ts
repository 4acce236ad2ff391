import type { Environment } from '../environment.ts'

/** The portal's session. The `__Host-` form is bound to this very host and to https. */
const SECURE_NAME = '__Host-slipway-session'
const PLAIN_NAME = 'slipway-session'
/** Octopus.Client signs in by `POST /api/users/login` and keeps cookies whose names start so. */
const CLIENT_PREFIX = 'OctopusIdentificationToken'
const CLIENT_CSRF_PREFIX = 'Octopus-Csrf-Token'

export type SessionCookie = {
  id: string
  /** Set by a program that signed in through the API: it sends no Origin. */
  fromClient: boolean
}

export const sessionCookieOf = (request: Request, env: Environment): SessionCookie | undefined => {
  const cookies = parseCookies(request.headers.get('cookie') ?? '')
  const portal = cookies.get(isSecure(env) ? SECURE_NAME : PLAIN_NAME)
  if (portal) return { id: portal, fromClient: false }
  const client = cookies.get(clientName(env))
  return client ? { id: client, fromClient: true } : undefined
}

export const setSessionCookie = (env: Environment, id: string, ttlMs: number): string =>
  `${isSecure(env) ? SECURE_NAME : PLAIN_NAME}=${id}; Path=/; HttpOnly; SameSite=Lax; ` +
  `Max-Age=${Math.floor(ttlMs / 1000)}${secureFlag(env)}`

export const clearSessionCookies = (env: Environment): string[] =>
  [isSecure(env) ? SECURE_NAME : PLAIN_NAME, clientName(env), clientCsrfName(env)].map(
    name => `${name}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0${secureFlag(env)}`,
  )

/** The pair a .NET client keeps: the session, and the token it repeats in a header. */
export const setClientCookies = (
  env: Environment,
  session: { id: string; csrfToken: string },
  ttlMs: number,
): string[] => {
  const rest = `Path=/; SameSite=Lax; Max-Age=${Math.floor(ttlMs / 1000)}${secureFlag(env)}`
  return [
    `${clientName(env)}=${session.id}; HttpOnly; ${rest}`,
    `${clientCsrfName(env)}=${session.csrfToken}; ${rest}`,
  ]
}

const clientName = (env: Environment) => `${CLIENT_PREFIX}_${env.INSTALLATION_ID}`
const clientCsrfName = (env: Environment) => `${CLIENT_CSRF_PREFIX}_${env.INSTALLATION_ID}`
const isSecure = (env: Environment) => env.PUBLIC_URL.startsWith('https:')
const secureFlag = (env: Environment) => (isSecure(env) ? '; Secure' : '')

/** The first cookie of a name wins: a planted second one changes nothing. */
const parseCookies = (header: string): Map<string, string> => {
  const cookies = new Map<string, string>()
  for (const part of header.slice(0, 16_384).split(';')) {
    const at = part.indexOf('=')
    const name = part.slice(0, at).trim()
    if (at > 0 && !cookies.has(name)) cookies.set(name, part.slice(at + 1).trim())
  }
  return cookies
}
