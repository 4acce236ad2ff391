/** Everything but empty text, exactly `0`, and `no` or `false` in any case. */
export const isTruthyText = (text: string): boolean =>
  text !== '' && text !== '0' && !/^\s*(?:no|false)\s*$/i.test(text)
