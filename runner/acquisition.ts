import { Readable } from 'node:stream'
import { ACQUIRE_PACKAGES } from './protocol/limits.ts'
import type { LogRecord } from './protocol/log-record.ts'
import type { Grant, GrantedPackage } from './protocol/messages.ts'
import type { PackageCache } from './workspace/package-cache.ts'

/** How often at most a download says how far it is, in milliseconds. */
const BEAT_MS = 1_000

export type AcquisitionMeans = {
  cache: PackageCache
  download: (sha256: string) => Promise<Readable>
  say: (record: Pick<LogRecord, 'level' | 'text' | 'progress'>) => void
  /** Milliseconds on a clock that only goes forward. */
  now: () => number
}

/** Brings the packages of a grant into the cache, one after the other, and tells of it. Answers why
 *  it could not, if it could not; what has come until then stays. */
export const acquire = async (
  grant: Pick<Grant, 'actionType' | 'packages' | 'fetchAnew'>,
  means: AcquisitionMeans,
): Promise<string | undefined> => {
  const wanted = new Map(grant.packages.map(one => [one.sha256, one]))
  for (const one of wanted.values()) {
    const name = `${one.packageId} ${one.version}`
    try {
      if (grant.fetchAnew || !(await means.cache.has(one.sha256))) await fetchOne(one, name, means)
      else if (grant.actionType === ACQUIRE_PACKAGES)
        means.say({ level: 'verbose', text: `${name} is in the cache` })
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      return `Package ${name} could not be fetched: ${reason}.`
    }
  }
  return undefined
}

const fetchOne = async (
  { sha256, sizeBytes }: GrantedPackage,
  name: string,
  { cache, download, say, now }: AcquisitionMeans,
): Promise<void> => {
  const beganAt = now()
  say({ level: 'info', text: `Fetching ${name} (${inWords(sizeBytes)})` })
  let saidAt = beganAt
  let bytes = 0
  const told = async function* (body: Readable) {
    for await (const chunk of body) {
      yield chunk
      bytes += (chunk as Buffer).length
      if (now() - saidAt < BEAT_MS || bytes >= sizeBytes) continue
      saidAt = now()
      const text = `Fetching ${name}: ${inWords(bytes)} of ${inWords(sizeBytes)}`
      say({ level: 'info', text, progress: Math.floor((100 * bytes) / sizeBytes) })
    }
  }
  await cache.add(sha256, sizeBytes, Readable.from(told(await download(sha256))))
  const seconds = ((now() - beganAt) / 1_000).toFixed(1)
  say({ level: 'info', text: `Fetched ${name} (${inWords(sizeBytes)} in ${seconds} s)` })
}

const inWords = (bytes: number): string =>
  bytes < 100_000 ? `${Math.ceil(bytes / 1_000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`
