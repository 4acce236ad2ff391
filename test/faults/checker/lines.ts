/** The numbered line that a step prints. The number at its end follows from attempt and number. */
export const LINE = /line (Deployments-\d+_\d+) (\d+) (\d+)(?!\d)/g

export const lineSum = (number: number): number => (number * 2_654_435 + 97) % 4_294_967_296

const GAP = /(\d+) lines \((\d+) bytes\) of output are left out here/g

export type LogLines = Map<string, number[]>

/** The numbers in a log, by attempt, in the order they stand; a wrong sum is told of. */
export const linesIn = (log: string): { lines: LogLines; broken: string[] } => {
  const lines: LogLines = new Map()
  const broken: string[] = []
  for (const [text, attempt = '', number, sum] of log.matchAll(LINE)) {
    if (Number(sum) !== lineSum(Number(number))) broken.push(text)
    const known = lines.get(attempt)
    if (known) known.push(Number(number))
    else lines.set(attempt, [Number(number)])
  }
  return { lines, broken }
}

export const gapLines = (log: string): number =>
  [...log.matchAll(GAP)].reduce((sum, [, lines]) => sum + Number(lines), 0)

/** The number of the last whole line in these bytes; null when there is none. */
export const lastLineIn = (bytes: string): number | null => {
  const last = [...bytes.matchAll(LINE)].at(-1)
  return last ? Number(last[2]) : null
}
