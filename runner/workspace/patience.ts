const TRIES = 10
const WAIT_MS = 50

/** What is answered while another program has a file: a virus scanner, a backup, the program that
 *  is being replaced. It is mostly over in no time. */
const PASSING: ReadonlySet<string> = new Set(['EBUSY', 'EPERM', 'EACCES', 'ETXTBSY'])

/** Does something with files, again where another program was in the way. */
export type Patience = <T>(work: () => T) => T

/** As a rule ten tries, 50 ms apart; what is refused then is thrown. Nothing else runs meanwhile. The
 *  tries are for all that is done with one patience: who goes through many files waits half a second
 *  in all.
 *  @param sleep waits so many milliseconds */
export const patience = (sleep: (ms: number) => void = pause): Patience => {
  let triesLeft = TRIES
  return work => {
    for (;;) {
      try {
        return work()
      } catch (error) {
        const isPassing = PASSING.has((error as { code?: string }).code ?? '')
        if (!isPassing || --triesLeft <= 0) throw error
        sleep(WAIT_MS)
      }
    }
  }
}

const pause = (ms: number): void => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

/** One thing done with files, with a patience of its own. */
export const patiently: Patience = work => patience()(work)
