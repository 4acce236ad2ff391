import type { Filter } from './filter.ts'

type Part = (uri: URL, text: string) => string | boolean

const DEFAULT_PORTS: Record<string, number> = { http: 80, https: 443, ftp: 21, ws: 80, wss: 443 }

const schemeOf = (uri: URL): string => uri.protocol.slice(0, -1)

const portOf = (uri: URL): number =>
  uri.port === '' ? (DEFAULT_PORTS[schemeOf(uri)] ?? -1) : Number(uri.port)

const hostType = (uri: URL): string => {
  const host = uri.hostname
  if (host === '') return 'Basic'
  if (host.startsWith('[')) return 'IPv6'
  return /^\d+(?:\.\d+){3}$/.test(host) ? 'IPv4' : 'Dns'
}

const isLoopback = (uri: URL): boolean =>
  uri.protocol === 'file:'
    ? uri.host === ''
    : uri.hostname === 'localhost' || uri.hostname === '[::1]' || uri.hostname.startsWith('127.')

const userInfo = (uri: URL): string =>
  uri.password === '' ? uri.username : `${uri.username}:${uri.password}`

const decoded = (path: string): string => {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

const schemeAndServer = (uri: URL): string => `${uri.protocol}//${uri.host}`

const PARTS: Record<string, Part> = {
  AbsolutePath: uri => uri.pathname,
  AbsoluteUri: uri => uri.href,
  Authority: uri => uri.host,
  DnsSafeHost: uri => uri.hostname.replace(/^\[|\]$/g, ''),
  Fragment: uri => uri.hash,
  Host: uri => uri.hostname,
  HostAndPort: uri => `${uri.hostname}:${portOf(uri)}`,
  HostNameType: hostType,
  IsAbsoluteUri: () => true,
  IsDefaultPort: uri => uri.port === '',
  IsFile: uri => uri.protocol === 'file:',
  IsLoopback: isLoopback,
  IsUnc: uri => uri.protocol === 'file:' && uri.host !== '',
  Path: uri => decoded(uri.pathname),
  PathAndQuery: uri => uri.pathname + uri.search,
  Port: uri => String(portOf(uri)),
  Query: uri => uri.search,
  Scheme: schemeOf,
  SchemeAndServer: schemeAndServer,
  UserInfo: userInfo,
}

const BY_NAME = new Map(Object.entries(PARTS).map(([name, part]) => [name.toLowerCase(), part]))

const parse = (text: string): URL | undefined => (URL.canParse(text) ? new URL(text) : undefined)

/** One part of an address. What goes wrong becomes the value, so that it is seen. */
export const uriPart: Filter = (input, options) => {
  if (input === undefined) return undefined
  const [name] = options
  if (name === undefined) return '[UriPart error: no argument given]'
  const part = BY_NAME.get(name.toLowerCase())
  if (!part) return `[UriPart ${name} error: argument '${name}' not supported]`
  const uri = parse(input.trim())
  if (uri) return String(part(uri, input))
  // Neither an absolute nor a relative address.
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(input.trim())) return input
  if (name.toLowerCase() === 'isabsoluteuri') return 'false'
  return `[UriPart ${name} error: This operation is not supported for a relative URI.]`
}
