import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Host } from './host.ts'

export interface Administrator {
  /** Undefined when the server made one at an earlier start and its file has been removed. */
  readonly apiKey: string | undefined
  /** Signs the administrator in, once. */
  readonly signInUrl: string
}

/** Makes the installation at the first start, and a sign-in link at each. The server keeps only a
 *  digest of the API key, so its text is kept beside the master key for later starts. */
export const prepareAdministrator = async (
  host: Host,
  given: string | undefined,
): Promise<Administrator> => {
  const file = join(host.dataDir, 'admin-api-key')
  const kept = (await readFile(file, 'utf8').catch(() => '')).trim() || undefined
  const wanted = given ?? kept
  const answer = await host.callInternal(
    '/internal/bootstrap',
    wanted === undefined ? {} : { adminApiKey: wanted },
  )
  const { apiKey, signInPath } = parse(answer)
  const known = wanted ?? apiKey
  if (known !== undefined && known !== kept) await writeFile(file, `${known}\n`, { mode: 0o600 })
  return { apiKey: known, signInUrl: `${host.url}${signInPath}` }
}

const parse = (answer: unknown): { apiKey: string | undefined; signInPath: string } => {
  const fields: { apiKey?: unknown; signInPath?: unknown } = { ...(answer as object) }
  if (typeof fields.signInPath !== 'string') {
    throw new Error('Expected /internal/bootstrap to answer a signInPath')
  }
  return {
    apiKey: typeof fields.apiKey === 'string' ? fields.apiKey : undefined,
    signInPath: fields.signInPath,
  }
}
