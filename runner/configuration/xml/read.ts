import {
  isBlank,
  XMLNS,
  type XmlAttribute,
  type XmlDeclaration,
  type XmlDocument,
  type XmlElement,
  type XmlName,
  type XmlNode,
  type XmlParent,
} from './tree.ts'

const MAX_CHARACTERS = 8 * 1024 * 1024
const MAX_ELEMENTS = 500_000
const MAX_DEPTH = 500
const MAX_ATTRIBUTES = 1_000

/** The text is no XML, or none that is taken; the message says why. */
export class XmlError extends Error {}

/** Reads a document as XML 1.0 with namespaces has it. There are no document types and no entities
 *  but the five that need no declaration: what asks for more is refused before anything is read.
 *  Blanks between elements are dropped unless they are asked for.
 *  @throws XmlError */
export const parseXml = (text: string, { keepBlanks = false } = {}): XmlDocument => {
  const source = prepare(text)
  const document: XmlDocument = { kind: 'document', declaration: undefined, children: [] }
  const declaration = /^<\?xml\s([^?]*)\?>/.exec(source)
  if (declaration) document.declaration = readDeclaration(declaration[1] ?? '')
  const body = source.slice(declaration?.[0].length ?? 0)
  new Reader(body, document, keepBlanks, new Map()).read()
  const roots = document.children.filter(({ kind }) => kind === 'element')
  if (roots.length !== 1) throw new XmlError(`Expected one root element, found ${roots.length}.`)
  const stray = document.children.some(
    node => node.kind === 'cdata' || (node.kind === 'text' && !isBlank(node)),
  )
  if (stray) throw new XmlError('Expected nothing but the root element, found text beside it.')
  return document
}

/** Reads what may stand inside the element; the prefixes that apply there are known.
 *  @throws XmlError */
export const parseXmlFragment = (
  text: string,
  parent: XmlElement,
  namespaces: ReadonlyMap<string, string>,
): XmlNode[] => {
  const holder: XmlElement = { ...parent, children: [] }
  new Reader(prepare(text), holder, false, namespaces).read()
  for (const node of holder.children) node.parent = parent
  return holder.children
}

const FORBIDDEN = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u

const prepare = (text: string): string => {
  if (text.length > MAX_CHARACTERS)
    throw new XmlError(`Expected at most ${MAX_CHARACTERS} characters, found ${text.length}.`)
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text))
    throw new XmlError('Document types and entities are not taken: remove <!DOCTYPE … >.')
  const forbidden = FORBIDDEN.exec(text.startsWith('\ufeff') ? text.slice(1) : text)
  if (forbidden)
    throw new XmlError(`XML cannot hold the character ${JSON.stringify(forbidden[0])}.`)
  return text.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n')
}

const readDeclaration = (text: string): XmlDeclaration => {
  const values = [...text.matchAll(/(version|encoding|standalone)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)]
  const parts = Object.fromEntries(values.map(([, name, a, b]) => [name, a ?? b ?? '']))
  return { version: '1.0', ...parts }
}

const NAME = /[\p{L}_][\p{L}\p{M}\p{N}._\-·]*(?::[\p{L}_][\p{L}\p{M}\p{N}._\-·]*)?/uy
const BLANKS = /\s*/y

class Reader {
  readonly #text: string
  readonly #keepBlanks: boolean
  #position = 0
  #elements = 0
  #current: XmlParent
  /** Of the elements that are open: prefixes known inside, and whether blanks count there. */
  readonly #open: { namespaces: ReadonlyMap<string, string>; keepBlanks: boolean }[]

  constructor(
    text: string,
    into: XmlParent,
    keepBlanks: boolean,
    namespaces: ReadonlyMap<string, string>,
  ) {
    this.#text = text
    this.#current = into
    this.#keepBlanks = keepBlanks
    this.#open = [{ namespaces, keepBlanks }]
  }

  read(): void {
    const text = this.#text
    while (this.#position < text.length) {
      if (text[this.#position] !== '<') this.#readText()
      else if (text.startsWith('<!--', this.#position)) this.#readComment()
      else if (text.startsWith('<![CDATA[', this.#position))
        this.#add({ kind: 'cdata', value: this.#until(9, ']]>'), parent: this.#current })
      else if (text.startsWith('<?', this.#position)) this.#readInstruction()
      else if (text.startsWith('</', this.#position)) this.#readEndTag()
      else this.#readStartTag()
    }
    if (this.#open.length > 1 && this.#current.kind === 'element')
      throw new XmlError(`Expected </${this.#current.name}>, found the end.`)
  }

  #add(node: XmlNode): void {
    this.#current.children.push(node)
  }

  /** The text up to the mark, after so many characters of opening. */
  #until(opening: number, mark: string): string {
    const start = this.#position + opening
    const end = this.#text.indexOf(mark, start)
    if (end < 0) throw this.#error(`'${mark}'`)
    this.#position = end + mark.length
    return this.#text.slice(start, end)
  }

  #readText(): void {
    const end = this.#text.indexOf('<', this.#position)
    const raw = this.#text.slice(this.#position, end < 0 ? this.#text.length : end)
    if (raw.includes(']]>')) throw this.#error("']]&gt;' in text")
    const isKept = this.#open.at(-1)?.keepBlanks || /\S/.test(raw)
    if (isKept) this.#add({ kind: 'text', value: decodeReferences(raw), parent: this.#current })
    this.#position += raw.length
  }

  #readComment(): void {
    const value = this.#until(4, '-->')
    if (value.includes('--') || value.endsWith('-')) throw this.#error("no '--' in a comment")
    this.#add({ kind: 'comment', value, parent: this.#current })
  }

  #readInstruction(): void {
    const content = this.#until(2, '?>')
    const target = /^[\p{L}_][\p{L}\p{N}._\-:]*(?=\s|$)/u.exec(content)?.[0]
    if (!target || target.toLowerCase() === 'xml') throw this.#error('the name of an instruction')
    const value = content.slice(target.length).trimStart()
    this.#add({ kind: 'instruction', target, value, parent: this.#current })
  }

  #readEndTag(): void {
    const open = this.#current
    if (this.#open.length === 1 || open.kind !== 'element') throw this.#error('no end tag')
    if (this.#until(2, '>').trimEnd() !== open.name)
      throw this.#error(`</${open.name}> before this`)
    this.#current = open.parent
    this.#open.pop()
  }

  #readStartTag(): void {
    this.#position++
    const name = this.#name()
    if (name === undefined) throw this.#error('an element')
    const raw = this.#readAttributes()
    const namespaces = withDeclared(this.#open.at(-1)?.namespaces ?? new Map(), raw)
    const element: XmlElement = {
      ...nameOf(name, namespaces, true),
      kind: 'element',
      attributes: [],
      children: [],
      parent: this.#current,
      closesItself: this.#text[this.#position] === '/',
    }
    element.attributes = attributesOf(raw, namespaces, element)
    this.#position += element.closesItself ? 2 : 1
    this.#add(element)
    if (++this.#elements > MAX_ELEMENTS) throw this.#error(`at most ${MAX_ELEMENTS} elements`)
    if (element.closesItself) return
    if (this.#open.length > MAX_DEPTH) throw this.#error(`elements at most ${MAX_DEPTH} deep`)
    const space = raw.get('xml:space')
    const keepBlanks = this.#keepBlanks || space === 'preserve'
    this.#open.push({
      namespaces,
      keepBlanks: keepBlanks || (space === undefined && this.#open.at(-1)?.keepBlanks === true),
    })
    this.#current = element
  }

  #readAttributes(): Map<string, string> {
    const found = new Map<string, string>()
    while (found.size <= MAX_ATTRIBUTES) {
      const blanks = this.#match(BLANKS) ?? ''
      if (this.#text[this.#position] === '>' || this.#text.startsWith('/>', this.#position))
        return found
      const name = this.#name()
      if (name === undefined || blanks === '') throw this.#error("an attribute, '>' or '/>'")
      if (found.has(name)) throw this.#error(`the attribute ${name} once`)
      this.#match(BLANKS)
      if (this.#text[this.#position] !== '=') throw this.#error("'='")
      this.#position++
      this.#match(BLANKS)
      const quote = this.#text[this.#position]
      if (quote !== '"' && quote !== "'") throw this.#error('a value in quotes')
      const value = this.#until(1, quote)
      if (value.includes('<')) throw this.#error('&lt; in a value')
      found.set(name, decodeReferences(value.replace(/[\n\t]/g, ' ')))
    }
    throw this.#error(`at most ${MAX_ATTRIBUTES} attributes`)
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#position
    const found = pattern.exec(this.#text)?.[0]
    this.#position += found?.length ?? 0
    return found
  }

  #name(): string | undefined {
    return this.#match(NAME)
  }

  /** Does not show the text: it may hold secrets by now. */
  #error(expected: string): XmlError {
    const lines = this.#text.slice(0, this.#position).split('\n')
    const column = (lines.at(-1)?.length ?? 0) + 1
    return new XmlError(
      `Line ${lines.length}, column ${column}: expected ${expected}, found something else.`,
    )
  }
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
}

const decodeReferences = (text: string): string =>
  text.includes('&')
    ? text.replace(/&(?:#(\d{1,7});|#x([\da-fA-F]{1,6});|(\w+);)?/g, (_, ten, hex, name) => {
        const code = ten ? Number(ten) : hex ? Number.parseInt(hex, 16) : undefined
        const plain =
          code === undefined ? ENTITIES[name] : code <= 0x10ffff && String.fromCodePoint(code)
        if (!plain || FORBIDDEN.test(plain))
          throw new XmlError('Expected &amp; or a reference such as &lt; or &#65; after &.')
        return plain
      })
    : text

const withDeclared = (
  known: ReadonlyMap<string, string>,
  attributes: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> => {
  const declared = [...attributes].flatMap(([name, value]) =>
    name === 'xmlns' || name.startsWith('xmlns:') ? [[name.slice(6), value] as const] : [],
  )
  return declared.length > 0 ? new Map([...known, ...declared]) : known
}

const attributesOf = (
  raw: ReadonlyMap<string, string>,
  namespaces: ReadonlyMap<string, string>,
  parent: XmlElement,
): XmlAttribute[] =>
  [...raw].map(([name, value]) => ({
    ...nameOf(name, namespaces, false),
    kind: 'attribute',
    value,
    parent,
  }))

const nameOf = (
  name: string,
  namespaces: ReadonlyMap<string, string>,
  usesDefault: boolean,
): XmlName => {
  const colon = name.indexOf(':')
  const prefix = colon < 0 ? '' : name.slice(0, colon)
  const local = name.slice(colon + 1)
  if (name === 'xmlns' || prefix === 'xmlns') return { name, prefix, local, namespace: XMLNS }
  if (prefix === 'xml')
    return { name, prefix, local, namespace: 'http://www.w3.org/XML/1998/namespace' }
  if (prefix === '')
    return { name, prefix, local, namespace: usesDefault ? (namespaces.get('') ?? '') : '' }
  const namespace = namespaces.get(prefix)
  if (!namespace) throw new XmlError(`Expected xmlns:${prefix} around ${name}, found none.`)
  return { name, prefix, local, namespace }
}
