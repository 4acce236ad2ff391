/** Characters that could forge or hide a line of a log: controls, line ends, and those that turn the
 *  direction of writing. They are written out, as `\u000a`; so are halves of surrogate pairs. */
export const printable = (text: string): string => text.replaceAll(UNPRINTABLE, written)

const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}\p{Cs}\u{feff}\u{e0000}-\u{e007f}]/gu

const written = (character: string): string => {
  const code = character.codePointAt(0) ?? 0
  return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`
}
