import { routes } from '../../worker/routes.ts'
import type { Api } from './api.ts'

/** Says how the server is, not what it keeps. */
const NOT_KEPT = new Set([
  '/serverstatus',
  '/serverstatus/health',
  '/audit/verify',
  '/capabilities',
  '/packages/notes',
  '/variables/preview',
  '/variables/names',
  '/channels/rule-test',
  '/channels/rule-test/packages',
  '/nuget/packages',
])

const listed = routes
  .filter(({ method, area, path }) => method === 'GET' && area !== 'root' && !path.includes('{'))
  .filter(({ path }) => !NOT_KEPT.has(path))
  .map(({ area, path }) => (area === 'space' ? `/api/Spaces-1${path}` : `/api${path}`))

/**
 * All that is kept, as the API tells it: every list there is, the audit record among them, and the
 * single documents named. Two of them are equal when nothing was stored in between.
 */
export const storedIn = async (api: Api, also: string[] = []): Promise<Record<string, string>> => {
  const found: Record<string, string> = {}
  for (const path of [...listed, ...also]) {
    const response = await api.send('GET', `${path}?skip=0&take=2147483647`)
    const text = await response.text()
    if (response.status !== 200) throw new Error(`GET ${path}: ${response.status} ${text}`)
    found[path] = text
  }
  return found
}
