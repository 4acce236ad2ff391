/** A shorter secret cannot be masked: it would blot out ordinary words. */
export const MIN_SECRET_CHARACTERS = 4

/** How many distinct forms are looked for at most; the first ones win. */
const MAX_NEEDLES = 100_000

/** All the forms in which these secrets must not appear: as they are, line by line, and as common
 *  encodings write them. */
export const needlesOf = (secrets: Iterable<string>): Buffer[] => {
  const needles = new Map<string, Buffer>()
  for (const secret of secrets) {
    for (const form of formsOf(secret)) {
      const key = form.toString('latin1')
      if (needles.size < MAX_NEEDLES && !needles.has(key)) needles.set(key, form)
    }
  }
  return [...needles.values()]
}

const formsOf = (secret: string): Buffer[] => {
  const trimmed = secret.replace(/^[\r\n]+|[\r\n]+$/g, '')
  if (trimmed.length < MIN_SECRET_CHARACTERS) return []
  const lines = trimmed.split(/\r\n|\n|\r/)
  const wholes = lines.length > 1 ? [trimmed, lines.join('\n'), lines.join('\r\n')] : [trimmed]
  const raw = [...wholes, ...(lines.length > 1 ? lines : [])].filter(isLongEnough)
  const forms = raw.flatMap(textForms).filter(isLongEnough)
  return [...forms.map(form => Buffer.from(form)), ...raw.flatMap(base64Forms)]
}

const isLongEnough = (text: string) => text.trim().length >= MIN_SECRET_CHARACTERS

const textForms = (text: string): string[] => {
  const bytes = Buffer.from(text)
  const url = percentEncode(bytes)
  const strictUrl = url.replace(
    /[!'()*]/g,
    found => `%${found.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  const json = JSON.stringify(text).slice(1, -1)
  const hex = bytes.toString('hex')
  return [
    text,
    url,
    lowerEscapes(url),
    strictUrl,
    url.replaceAll('%20', '+'),
    json,
    json.replaceAll('/', '\\/'),
    [...json].map(asciiEscape).join(''),
    escapeXml(text),
    escapeXml(text).replaceAll('&quot;', '"').replaceAll('&apos;', "'"),
    text.replaceAll("'", `'\\''`),
    text.replaceAll("'", "''"),
    hex,
    hex.toUpperCase(),
  ]
}

const percentEncode = (bytes: Buffer) =>
  [...bytes]
    .map(byte => {
      const character = String.fromCharCode(byte)
      return /[A-Za-z0-9\-_.~!'()*]/.test(character)
        ? character
        : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
    })
    .join('')

const lowerEscapes = (url: string) => url.replace(/%[0-9A-F]{2}/g, found => found.toLowerCase())

const asciiEscape = (character: string) =>
  /^[\x20-\x7e]$/.test(character)
    ? character
    : character
        .split('')
        .map(unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
        .join('')

const escapeXml = (text: string) =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&apos;')

/** Base64 of a text that holds the secret somewhere: three phases, without the characters that
 *  depend on its neighbours. */
const base64Forms = (text: string): Buffer[] => {
  const bytes = Buffer.from(text)
  return [0, 1, 2].flatMap(phase => {
    const encoded = Buffer.concat([Buffer.alloc(phase), bytes]).toString('base64')
    const from = Math.ceil((phase * 8) / 6)
    const whole = Math.floor(((phase + bytes.length) * 8) / 6)
    const inner = encoded.slice(from, whole)
    const forms = [inner, inner.replaceAll('+', '-').replaceAll('/', '_')]
    return forms.filter(form => form.length >= MIN_SECRET_CHARACTERS).map(form => Buffer.from(form))
  })
}
