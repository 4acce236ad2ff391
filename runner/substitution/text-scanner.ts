import type { Scanner } from './scanner.ts'

/** Reads text up to the next token, or to the end. Of n hashes before a brace an even n is the
 *  escape of the token (`##{x}`), an odd n a token with n-2 hashes before it (`###{x}`). */
export const scanText = (scanner: Scanner): string => {
  const { text, position: start } = scanner
  let copied = start
  let result = ''
  for (let at = start; ; ) {
    const hash = text.indexOf('#', at)
    if (hash === -1) {
      scanner.position = text.length
      return result + text.slice(copied)
    }
    let end = hash + 1
    while (text[end] === '#') end++
    const count = end - hash
    scanner.steps += 1 + (count >> 4)
    if (text[end] === '{' && count % 2 === 1) {
      scanner.position = end - 1
      return result + text.slice(copied, count === 1 ? hash : end - 2)
    }
    if (text[end] === '{') {
      result += text.slice(copied, end - 1)
      copied = end
    }
    at = end
  }
}
