import { readBytes } from './input.ts'
import { invalid } from './problem.ts'

const FORM_BYTES = 4_194_304
const MAX_FIELDS = 5_000

/** What a form sent: text fields, trimmed of nothing, in order. Missing fields are empty. */
export class FormFields {
  readonly #values: Map<string, string[]>
  constructor(pairs: Iterable<[string, string]>) {
    this.#values = new Map()
    let count = 0
    for (const [name, value] of pairs) {
      if (++count > MAX_FIELDS)
        throw invalid(`A form may have ${MAX_FIELDS} fields; this has more.`)
      if (value.includes('\0'))
        throw invalid('The form holds text with a NUL, which cannot be stored.')
      const values = this.#values.get(name) ?? []
      // Browsers send CRLF for each line break of a text area.
      values.push(value.replaceAll('\r\n', '\n'))
      this.#values.set(name, values)
    }
  }

  text(name: string): string {
    return this.#values.get(name)?.[0] ?? ''
  }

  list(name: string): string[] {
    return (this.#values.get(name) ?? []).filter(value => value !== '')
  }

  /** A check box. */
  flag(name: string): boolean {
    return this.#values.has(name) && this.text(name) !== 'false'
  }

  /** For showing the form again as it was sent; never the token. */
  get values(): Record<string, string | string[]> {
    return Object.fromEntries(
      [...this.#values]
        .filter(([name]) => name !== '_csrf')
        .map(([name, values]) => [name, values.length === 1 ? (values[0] ?? '') : values]),
    )
  }
}

/** @throws Problem `too_large`, `invalid` for any other content type */
export const readForm = async (request: Request): Promise<FormFields> => {
  const type = request.headers.get('content-type')?.toLowerCase() ?? ''
  if (!type.startsWith('application/x-www-form-urlencoded'))
    throw invalid('This page takes an HTML form (application/x-www-form-urlencoded).')
  const text = new TextDecoder().decode(await readBytes(request, FORM_BYTES))
  return new FormFields(new URLSearchParams(text))
}
