import { performance } from 'node:perf_hooks'
import { type AcquisitionMeans, acquire } from './acquisition.ts'
import type { Conversation } from './conversation.ts'
import type { Session } from './core/state.ts'
import type { Home } from './home.ts'
import type { Grant } from './protocol/messages.ts'
import { PackageCache } from './workspace/package-cache.ts'

export type Granted = { grant: Grant; claimedAt: number }

/** What was granted and has not begun: its packages come first, then a supervisor gets it. A grant
 *  holds secrets: it is kept in memory only. */
export class Grants {
  readonly #cache: PackageCache
  readonly #conversation: Conversation
  readonly #granted = new Map<string, Granted>()

  constructor(home: Home, conversation: Conversation) {
    this.#cache = new PackageCache(home.packages)
    this.#conversation = conversation
  }

  keep(grant: Grant, claimedAt: number): void {
    this.#granted.set(grant.attempt, { grant, claimedAt })
  }

  take(attempt: string): Granted | undefined {
    const granted = this.#granted.get(attempt)
    this.#granted.delete(attempt)
    return granted
  }

  /** Fetches what the cache lacks; resolves to why it could not, if it could not. */
  async acquire(
    attempt: string,
    session: Session | undefined,
    say: AcquisitionMeans['say'],
  ): Promise<string | undefined> {
    const grant = this.#granted.get(attempt)?.grant
    if (!grant || !session) return 'There is no session with the server.'
    const download = (sha256: string) => this.#conversation.download(grant, sha256, session)
    const now = () => performance.now()
    return acquire(grant, { cache: this.#cache, download, say, now })
  }
}
