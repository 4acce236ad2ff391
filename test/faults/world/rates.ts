/** How many instants fall into each second between two of them. */
export const perSecond = (instants: readonly number[], from: number, to: number): number[] => {
  const counts = Array.from({ length: Math.max(1, Math.ceil((to - from) / 1_000)) }, () => 0)
  for (const at of instants) {
    const second = Math.floor((at - from) / 1_000)
    if (at >= from && at < to && counts[second] !== undefined) counts[second]++
  }
  return counts
}

export const sum = (numbers: readonly number[]): number =>
  numbers.reduce((total, number) => total + number, 0)
