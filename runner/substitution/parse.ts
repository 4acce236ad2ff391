import type { SyntaxProblem } from './scanner.ts'
import type { Template } from './template.ts'
import { TemplateParser } from './template-parser.ts'

const MAX_CACHED_TEMPLATES = 20_000
const MAX_CACHED_LENGTH = 10_000
/** A tree takes many times the room of its text, and the Worker has little. */
const MAX_CACHED_CHARACTERS = 500_000
const caches = {
  strict: new Map<string, Template | SyntaxProblem>(),
  lenient: new Map<string, Template | SyntaxProblem>(),
}
let cachedCharacters = 0

/** Reads a template. Strict: the whole text or a problem with its position. Lenient, for files that
 *  were not written for us: what is no template stays as text, so there is never a problem. */
export const parseTemplate = (
  text: string,
  mode: 'strict' | 'lenient' = 'strict',
): Template | SyntaxProblem => {
  if (!text.includes('#{')) return text === '' ? [] : [{ kind: 'text', text }]
  const cache = caches[mode]
  const cached = cache.get(text)
  if (cached) return cached
  const parsed = new TemplateParser(text, mode).parse()
  if (text.length <= MAX_CACHED_LENGTH) keep(cache, text, parsed)
  return parsed
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
