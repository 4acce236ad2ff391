import type { JSX } from 'hono/jsx/jsx-runtime'
import type { Flash, Frame, Theme } from '../../ui/frame.tsx'
import { countActiveTasks } from '../tasks/store.ts'
import type { AnyPrincipalCall, Call } from './call.ts'
import { FormFields, readForm } from './form.ts'
import type { Requirement, Route } from './route.ts'

export type PageContext = { frame: Frame; form: FormFields }
export type PageCall = Call & PageContext
export type PublicPageCall = AnyPrincipalCall & PageContext

type Answer = Response | JSX.Element | Promise<Response | JSX.Element>
type Declaration<P extends Requirement> = {
  path: string
  permission: P
  /** An upload or a stream: the handler reads the request itself. */
  rawBody?: boolean
  handler: (call: P extends 'public' ? PublicPageCall : PageCall) => Answer
}

/** A page of the portal: markup in, a document (or a fragment for htmx) out. */
export const page = <P extends Requirement>(declaration: Declaration<P>): Route => ({
  method: 'GET',
  area: 'root',
  path: declaration.path,
  permission: declaration.permission,
  handler: (async (call: AnyPrincipalCall) =>
    answer(await declaration.handler(await withFrame(call, NO_FORM)), 200)) as Route['handler'],
})

/** What a form does. It answers {@link seeOther} when it is done; markup it returns is the form
 *  again, with what was wrong. */
export const action = <P extends Requirement>(declaration: Declaration<P>): Route => ({
  method: 'POST',
  area: 'root',
  path: declaration.path,
  permission: declaration.permission,
  rawBody: true,
  handler: (async (call: AnyPrincipalCall) => {
    const form = declaration.rawBody ? NO_FORM : await readForm(call.request)
    return answer(await declaration.handler(await withFrame(call, form)), 422)
  }) as Route['handler'],
})

const NO_FORM = new FormFields([])

/** The page to look at after a deed, with a word about it. Only paths of our own. */
export const seeOther = (path: string, flash?: Flash): Response => {
  const response = new Response(null, { status: 303, headers: { location: ownPath(path) } })
  if (flash) response.headers.append('set-cookie', flashCookie(flash))
  return response
}

/** `/projects` and the like; whatever leads elsewhere becomes the start page. */
export const ownPath = (path: string): string => {
  if (!/^\/(?![/\\])/.test(path) || /[\\\p{Cc}]/u.test(path)) return '/'
  return path
}

/** A page as the answer of a deed that went well: what may be seen only this once. */
export const shown = (markup: JSX.Element | Promise<JSX.Element>): Promise<Response> =>
  Promise.resolve(markup).then(page => answer(page, 200))

const answer = async (result: Response | JSX.Element, status: number): Promise<Response> => {
  if (result instanceof Response) return result
  const markup = String(await result)
  const body = markup.startsWith('<html') ? `<!doctype html>${markup}` : markup
  const headers = new Headers({ 'content-type': 'text/html; charset=utf-8' })
  if (markup.startsWith('<html')) headers.append('set-cookie', NO_FLASH)
  return new Response(body, { status, headers })
}

/** What the frame of a page shows of who asks and where. */
export const frameOf = async (call: AnyPrincipalCall): Promise<Frame> => {
  const { pathname, search } = new URL(call.request.url)
  const { principal, space, db, now } = call
  const cookies = call.request.headers.get('cookie') ?? ''
  const signedIn = principal.kind === 'user'
  return {
    user: signedIn ? { name: principal.displayName } : undefined,
    spaceName: space.name,
    theme: themeOf(cookies),
    csrf: signedIn ? (principal.csrfToken ?? '') : '',
    now,
    path: pathname + search,
    flash: flashOf(cookies),
    activeTasks: signedIn ? await countActiveTasks(db, space.id) : undefined,
  }
}

const withFrame = async (call: AnyPrincipalCall, form: FormFields) =>
  ({ ...call, frame: await frameOf(call), form }) as PageCall

const THEMES: readonly Theme[] = ['light', 'dark', 'system']
export const themeCookie = (theme: string): string =>
  `slipway-theme=${THEMES.find(each => each === theme) ?? 'system'}; Path=/; SameSite=Lax; Max-Age=31536000`
export const themeOf = (cookies: string): Theme => {
  const found = /(?:^|;\s*)slipway-theme=(\w+)/.exec(cookies)?.[1]
  return THEMES.find(each => each === found) ?? 'system'
}

const NO_FLASH = 'slipway-flash=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0'
const flashCookie = ({ kind, message }: Flash): string =>
  `slipway-flash=${kind}.${encodeURIComponent(message.slice(0, 500))}; Path=/; HttpOnly; SameSite=Lax; Max-Age=30`

const flashOf = (cookies: string): Flash | undefined => {
  const [, kind, message] =
    /(?:^|;\s*)slipway-flash=(success|error|info)\.([^;]*)/.exec(cookies) ?? []
  if (!kind || message === undefined) return undefined
  try {
    return { kind: kind as Flash['kind'], message: decodeURIComponent(message) }
  } catch {
    return undefined
  }
}
