import { type Filter, plain } from './filter.ts'

const XML: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}
const HTML: Record<string, string> = { ...XML, '/': '&#x2F;' }
const JSON_STRING: Record<string, string> = {
  '"': '\\"',
  '\r': '\\r',
  '\n': '\\n',
  '\t': '\\t',
  '\\': '\\\\',
}
const PROPERTIES: Record<string, string> = { '\r': '\\r', '\n': '\\n', '\t': '\\t', '\\': '\\\\' }

const byTable =
  (pattern: RegExp, table: Record<string, string>) =>
  (text: string): string =>
    text.replace(pattern, character => table[character] ?? codeOf(character))

const codeOf = (character: string): string =>
  `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`

/** One line break is a blank in a single-quoted YAML text, so every run of them gets one more. */
const doubleLineBreaks = (text: string): string =>
  text.replace(/(?:\r?\n)+/g, breaks => (breaks.startsWith('\r') ? `\r\n${breaks}` : `\n${breaks}`))

const escapePropertiesValue = byTable(/[\\\r\n\t]|[\u00ff-\uffff]/g, PROPERTIES)

/** Text made safe for the place it is put into. A lone surrogate cannot be written in UTF-8. */
const escapeUri = (text: string): string =>
  encodeURI(text.toWellFormed()).replace(/%5B/g, '[').replace(/%5D/g, ']')

const escapeUriData = (text: string): string =>
  encodeURIComponent(text.toWellFormed()).replace(
    /[!'()*]/g,
    character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )

export const ESCAPE_FILTERS: Record<string, Filter> = {
  HtmlEscape: plain(byTable(/[&<>"'/]/g, HTML)),
  XmlEscape: plain(byTable(/[&<>"']/g, XML)),
  JsonEscape: plain(byTable(/["\r\n\t\\]/g, JSON_STRING)),
  YamlSingleQuoteEscape: plain(text => doubleLineBreaks(text).replaceAll("'", "''")),
  YamlDoubleQuoteEscape: plain(byTable(/["\\]|[^ -~]/g, JSON_STRING)),
  PropertiesKeyEscape: plain(
    byTable(/[\\\r\n\t :=]|[\u00ff-\uffff]/g, {
      ...PROPERTIES,
      ' ': '\\ ',
      ':': '\\:',
      '=': '\\=',
    }),
  ),
  PropertiesValueEscape: plain(text => escapePropertiesValue(text).replace(/^ /, '\\ ')),
  UriEscape: plain(escapeUri),
  UriDataEscape: plain(escapeUriData),
}
