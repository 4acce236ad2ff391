import type { Home } from './home.ts'
import type { Release } from './protocol/release.ts'
import type { Server } from './server.ts'
import { fetchRelease, isNews, swap } from './update.ts'

export type UpdaterOptions = {
  home: Home
  program: string
  server: Server
  /** Raw Ed25519 public key, base64url: only programs signed with it are taken. */
  pinnedKey: string | undefined
  isIdle: () => boolean
  say: (line: string) => void
  /** The new program is in place: this one is to end. */
  onSwapped: () => void
}

/** Takes the program that the server announces, when nothing runs here. */
export class Updater {
  readonly #options: UpdaterOptions
  #release: Release | undefined
  #isBusy = false

  constructor(options: UpdaterOptions) {
    this.#options = options
  }

  /** The server has this one to give. */
  announced(release: Release): void {
    this.#release = isNews(this.#options.home, this.#options.program, release) ? release : undefined
  }

  /** Asked from time to time: begins when there is something to take and nothing to do. */
  async attempt(): Promise<void> {
    const { home, program, server, pinnedKey, isIdle, say, onSwapped } = this.#options
    const release = this.#release
    if (!release || this.#isBusy || !isIdle()) return
    this.#isBusy = true
    try {
      const body = await server.download({ path: '/runner.mjs', isOutside: true })
      const fetched = await fetchRelease(body, program, release, pinnedKey)
      if (!isIdle()) return
      swap(home, program, fetched, release)
      say(`Updated to ${release.version || release.sha256.slice(0, 12)}; starting it.`)
      onSwapped()
    } catch (error) {
      // What was announced cannot be had; the next session announces again.
      this.#release = undefined
      say(`No update: ${error instanceof Error ? error.message : String(error)}.`)
    } finally {
      this.#isBusy = false
    }
  }
}
