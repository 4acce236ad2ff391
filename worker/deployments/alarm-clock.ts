/** How much later than asked for an alarm is set, in milliseconds. */
const SET_AFTER_MS = 1_000
/** From when on an alarm is late, in milliseconds: far less than a lease. */
const LATE_MS = 10_000

type Shell = {
  storage: Pick<DurableObjectStorage, 'setAlarm'>
  background: (work: Promise<unknown>) => void
  /** Asked just before an alarm is set: false when there is nothing to wake up for any more. */
  isWanted: () => boolean
}

/**
 * When the object is to be woken: the earliest of all asked-for times counts, and each handler asks
 * anew. The alarm is set a moment later, since most of what it watches over ends before, and each one
 * set is a commit of its own; an object that is lost in this moment is woken by its hub or by the
 * schedule.
 */
export class AlarmClock {
  readonly #shell: Shell
  #at: number | null = null
  #isSetting = false

  constructor(shell: Shell) {
    this.#shell = shell
  }

  /** It has rung. @returns true when that was long after its time: the server, or its clock, was
   *  away in between */
  rang(now: number): boolean {
    const isLate = this.#at !== null && now - this.#at > LATE_MS
    this.#at = null
    return isLate
  }

  arm(at: number | null): void {
    if (at === null || (this.#at !== null && this.#at <= at)) return
    this.#at = at
    if (this.#isSetting) return
    this.#isSetting = true
    this.#shell.background(scheduler.wait(SET_AFTER_MS).then(() => this.#set()))
  }

  /** In the commit of this turn. */
  armNow(at: number): void {
    this.#at = at
    this.#shell.background(this.#shell.storage.setAlarm(at))
  }

  async #set(): Promise<void> {
    this.#isSetting = false
    if (!this.#shell.isWanted()) this.#at = null
    if (this.#at !== null) await this.#shell.storage.setAlarm(this.#at)
  }
}
