const UNITS: [name: string, ms: number][] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
]

/** `4 min 12 s`, `1 h 3 min`, `820 ms`: at most two units. */
export const formatDuration = (ms: number): string => {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`
  if (ms < 10_000) return `${(ms / 1_000).toFixed(1)} s`
  const first = UNITS.findIndex(([, size]) => ms >= size)
  const [name, size] = UNITS[first] ?? ['s', 1_000]
  const next = UNITS[first + 1]
  const rest = next ? Math.floor((ms % size) / next[1]) : 0
  return `${Math.floor(ms / size)} ${name}${next && rest > 0 ? ` ${rest} ${next[0]}` : ''}`
}

/** `just now`, `5 min ago`, `in 2 h`, `3 d ago`; beyond 30 days the date. Both in epoch milliseconds. */
export const formatRelative = (at: number, now: number): string => {
  const distance = Math.abs(now - at)
  if (distance < 10_000) return 'just now'
  if (distance > 30 * 86_400_000) return new Date(at).toISOString().slice(0, 10)
  const [name, size] = UNITS.find(([, ms]) => distance >= ms) ?? ['s', 1_000]
  const text = `${Math.floor(distance / size)} ${name}`
  return at > now ? `in ${text}` : `${text} ago`
}

/** `2026-11-23 19:20:05 UTC` */
export const formatInstant = (at: number): string =>
  `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`

/** `19:20:05.123`, the time column of a log. */
export const formatClock = (at: number): string => new Date(at).toISOString().slice(11, 23)

/** `1.4 MB`, in decimal units. */
export const formatBytes = (bytes: number): string => {
  if (bytes < 1_000) return `${bytes} B`
  const units = ['kB', 'MB', 'GB', 'TB']
  let value = bytes / 1_000
  let unit = 0
  while (value >= 999.95 && unit < units.length - 1) {
    value /= 1_000
    unit += 1
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`
}

/** `1 target`, `3 targets` */
export const count = (n: number, singular: string, plural = `${singular}s`): string =>
  `${n} ${n === 1 ? singular : plural}`
