const TICK_MS = 30_000

/** Runs the schedule every 30 s, never twice at once, and says when it fails. Answers how to stop it. */
export const startCron = (
  tick: () => Promise<Response>,
  log: (line: string) => void,
): (() => Promise<void>) => {
  let _running: Promise<void> | undefined
  let failing = false
  const run = async (): Promise<void> => {
    try {
      const response = await tick()
      const reason = response.ok ? '' : `${response.status} ${await response.text()}`
      if (reason !== '' && !failing) log(`The schedule failed: ${reason}`)
      failing = reason !== ''
    } catch (error) {
      if (!failing) log(`The schedule failed: ${error instanceof Error ? error.message : error}`)
      failing = true
    }
    _running = undefined
  }
  const timer = setInterval(() => {
    _running ??= run()
  }, TICK_MS)
  return async () => clearInterval(timer)
}
