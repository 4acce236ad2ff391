/** The smallest sample that so many percent do not exceed. */
export const percentile = (samples: readonly number[], percent: number): number => {
  const sorted = [...samples].sort((left, right) => left - right)
  const at = Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)
  return sorted[at] ?? Number.NaN
}
