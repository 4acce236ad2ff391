/** The text with the line ends that most lines of the original have. */
export const withLineEndsOf = (original: string, text: string): string => {
  const windows = original.split('\r\n').length - 1
  const all = original.split('\n').length - 1
  return windows > all - windows ? text.replace(/\r?\n/g, '\r\n') : text
}
