/** The address when it is an absolute http(s) or mailto one, else undefined: then it is shown as text.
 *  Control characters are refused before parsing, because browsers drop them inside a scheme. */
export const safeUrl = (text: string): string | undefined => {
  if (text.length > 2_000 || [...text].some(letter => letter <= ' ' || letter === '\x7f'))
    return undefined
  try {
    const url = new URL(text)
    return ['http:', 'https:', 'mailto:'].includes(url.protocol) ? url.href : undefined
  } catch {
    return undefined
  }
}
