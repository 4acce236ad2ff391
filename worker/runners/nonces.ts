const NONCES_PER_RUNNER = 5
const NONCE_MS = 60_000

/** Numbers for runners to sign, each good once and for a minute. They are held in memory: what was
 *  signed before this object came up begins no session. */
export class Nonces {
  readonly #issued = new Map<string, { nonce: string; until: number }[]>()

  issue(runner: string, now: number): string {
    const nonce = crypto.randomUUID() + crypto.randomUUID()
    const fresh = (this.#issued.get(runner) ?? []).filter(({ until }) => until > now)
    this.#issued.set(runner, [...fresh, { nonce, until: now + NONCE_MS }].slice(-NONCES_PER_RUNNER))
    return nonce
  }

  /** False for one that is used up, too old or not ours. All of the runner's are used up then. */
  take(runner: string, nonce: string, now: number): boolean {
    const known = this.#issued.get(runner)?.find(each => each.nonce === nonce)
    this.#issued.delete(runner)
    return known !== undefined && known.until > now
  }
}
