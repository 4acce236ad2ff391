const UNITS: [string, number][] = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
]

const two = (seconds: number): string => {
  const first = UNITS.findIndex(([, size]) => seconds >= size)
  const [name, size] = UNITS[first] ?? ['s', 1]
  const next = UNITS[first + 1]
  const rest = next ? Math.floor((seconds % size) / next[1]) : 0
  return `${Math.floor(seconds / size)} ${name}${next && rest > 0 ? ` ${rest} ${next[0]}` : ''}`
}

/** The server's clock rules: durations run on from what it rendered, wherever this clock stands. */
export const startTimes = (): void => {
  const loadedAt = Date.now()
  const serverAt = Number(document.documentElement.dataset.now) || loadedAt
  setInterval(() => {
    if (document.hidden) return
    const now = serverAt + (Date.now() - loadedAt)
    for (const duration of document.querySelectorAll<HTMLElement>('[data-since]'))
      duration.textContent = two(
        Math.max(0, Math.floor((now - Number(duration.dataset.since)) / 1_000)),
      )
    for (const time of document.querySelectorAll<HTMLTimeElement>('time[data-relative]')) {
      const seconds = Math.floor((now - Date.parse(time.dateTime)) / 1_000)
      if (seconds < 10 || seconds > 30 * 86_400) continue
      const [name, size] = UNITS.find(([, n]) => seconds >= n) ?? ['s', 1]
      time.textContent = `${Math.floor(seconds / size)} ${name} ago`
    }
  }, 1_000)
}
