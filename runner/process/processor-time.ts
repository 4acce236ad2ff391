/** Milliseconds for which this process has computed. Unlike the clock on the wall it stands still
 *  while others have the processor: a busy machine is no reason to end anything. */
export const processorMs = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}
