/** Whether a file name fits a pattern in which `*` is any text and `?` any character. The time is at
 *  most the product of the two lengths. */
export const matchesName = (name: string, pattern: string): boolean => {
  let at = 0
  let next = 0
  let star = -1
  let resumeAt = 0
  while (at < name.length) {
    if (pattern[next] === '*') {
      star = next++
      resumeAt = at
    } else if (pattern[next] === '?' || pattern[next] === name[at]) {
      at++
      next++
    } else if (star >= 0) {
      next = star + 1
      at = ++resumeAt
    } else return false
  }
  while (pattern[next] === '*') next++
  return next === pattern.length
}
