/** `SetAttributes(value)`, `Match(key)`: a word and what stands in its brackets. */
export type Instruction = { name: string; arguments: string[] }

/** What asks for something a transform cannot do; the message says what. */
export class TransformError extends Error {}

/** @throws TransformError */
export const parseInstruction = (text: string): Instruction => {
  const [, name, inside] = /^\s*(\w+)\s*(?:\(([\s\S]*)\))?\s*$/.exec(text) ?? []
  if (!name) throw new TransformError(`Expected a word like Match(key), found '${text}'.`)
  return { name, arguments: inside?.trim() ? splitArguments(inside) : [] }
}

/** At commas, but not within brackets or quotes. */
const splitArguments = (text: string): string[] => {
  const pieces = ['']
  let depth = 0
  let quote = ''
  for (const character of text) {
    if (quote !== '') {
      if (character === quote) quote = ''
    } else if (character === '"' || character === "'") quote = character
    else if ('(['.includes(character)) depth++
    else if (')]'.includes(character)) depth--
    if (character === ',' && depth === 0 && quote === '') pieces.push('')
    else pieces[pieces.length - 1] += character
  }
  return pieces.map(piece => piece.trim())
}
