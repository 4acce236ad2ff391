import { parseFragmentAttributes } from '../ui/support/tags.ts'
import type { Product } from './product.ts'

export type FieldValue = string | string[] | File
export type Fields = Record<string, FieldValue>

/** A page as a browser without scripts has it. */
export type PortalPage = {
  status: number
  /** Path and query, after redirects. */
  path: string
  html: string
  /** What a person reads: no markup, single spaces. */
  text: string
}

export type Portal = {
  get: (path: string) => Promise<PortalPage>
  /** Fills the page's form that posts to `action` and sends it: what the page says already, with
   *  these changes. `button` is the name and value of the one that is pressed. */
  submit: (
    page: PortalPage,
    action: string,
    changes?: Fields,
    button?: [string, string],
  ) => Promise<PortalPage>
  /** A request with this session's cookies and nothing else. */
  send: (method: string, path: string, init?: RequestInit) => Promise<Response>
}

const REDIRECTS = 5

/** A browser without scripts: cookies, links and forms. */
export const openPortal = (url: string): Portal => {
  const cookies = new Map<string, string>()

  const send: Portal['send'] = async (method, path, init = {}) => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const response = await fetch(url + path, {
      ...init,
      method,
      redirect: 'manual',
      headers: { ...(cookie && { cookie }), origin: url, ...init.headers },
    })
    for (const line of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (/max-age=0/i.test(line)) cookies.delete(name)
      else cookies.set(name, value)
    }
    return response
  }

  const follow = async (response: Response, path: string): Promise<PortalPage> => {
    let current = response
    let at = path
    for (let hop = 0; current.status >= 300 && current.status < 400; hop++) {
      if (hop === REDIRECTS) throw new Error(`${path} leads in circles, to ${at}`)
      at = current.headers.get('location') ?? ''
      await current.body?.cancel()
      current = await send('GET', at)
    }
    const html = await current.text()
    return { status: current.status, path: at, html, text: textOf(html) }
  }

  return {
    send,
    get: async path => follow(await send('GET', path), path),
    submit: async (page, action, changes = {}, button) => {
      const form = formIn(page, action)
      const fields: [string, FieldValue][] = Object.entries({ ...form.fields, ...changes })
      if (button) fields.push(button)
      const body = form.isUpload ? new FormData() : new URLSearchParams()
      for (const [name, value] of fields)
        for (const each of Array.isArray(value) ? value : [value]) {
          if (body instanceof FormData) body.append(name, each)
          else body.append(name, each as string)
        }
      return follow(await send('POST', action, { body }), action)
    },
  }
}

/** Signs in with the link that the product printed, which also sets the password. */
export const signInto = async (product: Product): Promise<Portal> => {
  const portal = openPortal(product.url)
  const path = new URL(product.signInUrl).pathname
  const page = await portal.get(path)
  const password = 'a long enough password'
  const signedIn = await portal.submit(page, path, { username: 'admin', password })
  if (signedIn.status >= 400 && signedIn.path !== '/')
    throw new Error(`signing in failed: ${signedIn.status} ${signedIn.text}`)
  return portal
}

type ParsedForm = { fields: Fields; isUpload: boolean }

/** @throws when the page has no such form: then its user could not have sent it either */
const formIn = (page: PortalPage, action: string): ParsedForm => {
  const path = (text: string) => decoded(text).split('?')[0]
  for (const [, head = '', body = ''] of page.html.matchAll(/<form([^>]*)>(.*?)<\/form>/gs)) {
    const [form] = parseFragmentAttributes(`<form${head}>`)
    const { action: own = '', method, enctype } = form?.attributes ?? {}
    if (method !== 'post' || (decoded(own) !== action && path(own) !== path(action))) continue
    return { fields: fieldsIn(body), isUpload: enctype === 'multipart/form-data' }
  }
  throw new Error(`${page.path} has no form that posts to ${action}: ${page.text.slice(0, 2_000)}`)
}

const fieldsIn = (body: string): Fields => {
  const fields: Record<string, string[]> = {}
  const add = (name: string | undefined, value: string) => {
    if (name) fields[name] = [...(fields[name] ?? []), decoded(value)]
  }
  for (const [tag, select, content = ''] of body.matchAll(
    /<input[^>]*>|<(select|textarea)[^>]*>(.*?)<\/\1>/gs,
  )) {
    const [control] = parseFragmentAttributes(tag)
    const { name, type = 'text', value, checked, disabled } = control?.attributes ?? {}
    if (disabled !== undefined) continue
    if (select === 'textarea') add(name, content.replace(/^\n/, ''))
    else if (select === 'select') {
      const options = parseFragmentAttributes(content)
      const chosen = options.find(({ attributes }) => attributes.selected !== undefined)
      const first = chosen ?? options[0]
      if (first) add(name, first.attributes.value ?? '')
    } else if (type === 'checkbox' || type === 'radio') {
      if (checked !== undefined) add(name, value ?? 'on')
    } else if (type !== 'file') add(name, value ?? '')
  }
  return fields
}

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" }
const decoded = (text: string) =>
  text.replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => ENTITIES[name] ?? '')

const textOf = (html: string): string =>
  decoded(
    html
      .replace(/<head>.*?<\/head>/s, '')
      .replace(/<[^>]*>/g, ' ')
      .replace(/\s+/g, ' '),
  ).trim()
