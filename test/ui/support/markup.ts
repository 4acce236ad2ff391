import { parseFragmentAttributes } from './tags.ts'

/** All elements of a document as `{name, attributes}`, read the way a browser's tokenizer would. */
export const elementsOf = parseFragmentAttributes

export const render = async (page: unknown): Promise<string> => String(await page)

/** What a reader sees: tags away, entities resolved. */
export const textOf = (html: string): string =>
  html
    .replace(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&')
