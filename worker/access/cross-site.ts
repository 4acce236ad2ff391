import type { Environment } from '../environment.ts'
import { readBytes } from '../http/input.ts'
import { Problem } from '../http/problem.ts'
import { equalSecrets } from './digest.ts'

/** The hidden field of every form; the portal's forms carry it first, see `ui/frame.tsx`. */
const FIELD = '_csrf'
const HEADERS = ['x-octopus-csrf-token', 'x-csrf-token']
const FORM_BYTES = 4_194_304
/** How far into a multipart body the token may stand. */
const MULTIPART_HEAD_BYTES = 16_384

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS'])

export const isUnsafe = (request: Request): boolean => !SAFE.has(request.method)

/** On one machine the portal answers to both names of the loopback address. */
export const isOwnOrigin = (origin: string, env: Environment): boolean => {
  const own = new URL(env.PUBLIC_URL)
  if (origin === own.origin) return true
  if (env.HOSTED !== 'local') return false
  const port = own.port ? `:${own.port}` : ''
  return ['127.0.0.1', 'localhost', '[::1]'].some(host => origin === `http://${host}${port}`)
}

/** For unsafe requests that carry no session yet, such as signing in.
 *  @throws Problem `forbidden` */
export const requireOwnOrigin = (request: Request, env: Environment): void => {
  const origin = request.headers.get('origin')
  if (origin !== null && isOwnOrigin(origin, env)) return
  throw new Problem(
    'forbidden',
    `This request must come from a page of ${env.PUBLIC_URL}. Open the portal there and try again.`,
  )
}

/**
 * A request that changes something and is known by its cookie alone must come from our own pages
 * and repeat the session's token: in a header, or as the form's `_csrf` field. The body stays
 * readable for the handler.
 * @throws Problem `forbidden`
 */
export const requireOwnPage = async (
  request: Request,
  env: Environment,
  session: { csrfToken: string; fromClient: boolean },
): Promise<void> => {
  const origin = request.headers.get('origin')
  const header = HEADERS.map(name => request.headers.get(name)).find(Boolean)
  const sentByProgram = origin === null && session.fromClient && header !== undefined
  if (!sentByProgram) requireOwnOrigin(request, env)
  const token = header ?? (await tokenInForm(request))
  if (token && (await equalSecrets(token, session.csrfToken))) return
  throw new Problem(
    'forbidden',
    "This request lacks the session's token. Reload the page and try again; programs should send " +
      'an API key in the X-Octopus-ApiKey header instead.',
  )
}

const tokenInForm = async (request: Request): Promise<string | undefined> => {
  const type = request.headers.get('content-type')?.toLowerCase() ?? ''
  if (!request.body) return undefined
  if (type.startsWith('application/x-www-form-urlencoded')) {
    const bytes = await readBytes(request.clone() as Request, FORM_BYTES)
    return new URLSearchParams(new TextDecoder().decode(bytes)).get(FIELD) ?? undefined
  }
  if (type.startsWith('multipart/form-data')) return tokenInHead(request.clone() as Request)
  return undefined
}

/** Reads only the head of an upload: the token's part comes before any file. */
const tokenInHead = async (copy: Request): Promise<string | undefined> => {
  const reader = copy.body?.getReader()
  if (!reader) return undefined
  let head = ''
  const decoder = new TextDecoder('latin1')
  try {
    while (head.length < MULTIPART_HEAD_BYTES) {
      const { done, value } = await reader.read()
      if (done) break
      head += decoder.decode(value, { stream: true })
      const found = /name="_csrf"\r\n\r\n([\w-]{1,200})\r\n/.exec(
        head.slice(0, MULTIPART_HEAD_BYTES),
      )
      if (found) return found[1]
    }
    return undefined
  } finally {
    // Not awaited: it settles only once the handler has done with the other copy.
    reader.cancel().catch(() => undefined)
  }
}
