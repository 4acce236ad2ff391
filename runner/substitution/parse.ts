import type { SyntaxProblem } from './scanner.ts'
import type { Template } from './template.ts'
import { type Meter, TemplateParser } from './template-parser.ts'

const MAX_CACHED_TEMPLATES = 20_000
const MAX_CACHED_LENGTH = 10_000
/** A tree takes many times the room of its text, and the Worker has little. */
const MAX_CACHED_CHARACTERS = 500_000
/** What came of reading a text, and what that cost. */
type Read = { result: Template | SyntaxProblem; steps: number }

const caches = { strict: new Map<string, Read>(), lenient: new Map<string, Read>() }
let cachedCharacters = 0

/** Reads a template. Strict: the whole text or a problem with its position. Lenient, for files that
 *  were not written for us: what is no template stays as text, so there is never a problem.
 *  @param meter is told what reading costs, the same whether the text is known already or not */
export const parseTemplate = (
  text: string,
  mode: 'strict' | 'lenient' = 'strict',
  meter?: Meter,
): Template | SyntaxProblem => {
  if (!text.includes('#{')) return text === '' ? [] : [{ kind: 'text', text }]
  const cache = caches[mode]
  const cached = cache.get(text)
  if (cached) {
    meter?.spend(cached.steps)
    return cached.result
  }
  const parser = new TemplateParser(text, mode, meter)
  const result = parser.parse()
  if (text.length <= MAX_CACHED_LENGTH) keep(cache, text, { result, steps: parser.steps })
  return result
}

const keep = <T>(cache: Map<string, T>, text: string, parsed: T): void => {
  cachedCharacters += text.length
  if (cachedCharacters > MAX_CACHED_CHARACTERS || cache.size >= MAX_CACHED_TEMPLATES) {
    caches.strict.clear()
    caches.lenient.clear()
    cachedCharacters = text.length
  }
  cache.set(text, parsed)
}
