import { XMLNS, type XmlDocument, type XmlElement, type XmlName, type XmlNode } from './tree.ts'

export type PrintOptions = {
  /** Elements on lines of their own, two blanks a level, wherever there is no text beside them. */
  isIndented: boolean
  /** What the declaration names; without it the declaration stays as it was. */
  encoding?: string
}

/** A document as text with line feeds at the ends of lines. A declaration is only written when
 *  there was one. */
export const printXml = (document: XmlDocument, { isIndented, encoding }: PrintOptions): string => {
  const out: string[] = []
  const { declaration } = document
  if (declaration) {
    const named = encoding ?? declaration.encoding
    const standalone = declaration.standalone && ` standalone="${declaration.standalone}"`
    out.push(`<?xml version="${declaration.version}"`)
    out.push(`${named ? ` encoding="${named}"` : ''}${standalone ?? ''}?>`)
  }
  const printer = new Printer(out, isIndented)
  const hasText = document.children.some(({ kind }) => kind === 'text')
  for (const child of document.children) printer.print(child, 0, hasText, NO_NAMESPACES)
  return out.join('')
}

const NO_NAMESPACES: ReadonlyMap<string, string> = new Map([['', '']])

class Printer {
  readonly #out: string[]
  readonly #isIndented: boolean

  constructor(out: string[], isIndented: boolean) {
    this.#out = out
    this.#isIndented = isIndented
  }

  print(
    node: XmlNode,
    depth: number,
    isMixed: boolean,
    namespaces: ReadonlyMap<string, string>,
  ): void {
    if (node.kind === 'text') {
      this.#out.push(escapeText(node.value))
      return
    }
    if (node.kind === 'cdata') {
      this.#out.push(`<![CDATA[${node.value.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`)
      return
    }
    this.#indent(depth, isMixed)
    if (node.kind === 'comment') this.#out.push(`<!--${commentOf(node.value)}-->`)
    else if (node.kind === 'instruction')
      this.#out.push(`<?${node.target} ${node.value.replaceAll('?>', '? >')}?>`)
    else if (node.kind === 'element') this.#printElement(node, depth, isMixed, namespaces)
  }

  #printElement(
    element: XmlElement,
    depth: number,
    isMixedAround: boolean,
    around: ReadonlyMap<string, string>,
  ): void {
    const namespaces = new Map(around)
    const attributes = element.attributes.map(({ name, value }) => [name, value] as const)
    for (const { namespace, prefix, local, value } of element.attributes)
      if (namespace === XMLNS) namespaces.set(prefix === '' ? '' : local, value)
    const declare = ({ prefix, namespace }: XmlName) => {
      if (namespaces.get(prefix) === namespace || RESERVED.includes(prefix)) return
      namespaces.set(prefix, namespace)
      attributes.push([prefix === '' ? 'xmlns' : `xmlns:${prefix}`, namespace])
    }
    declare(element)
    for (const attribute of element.attributes) if (attribute.prefix !== '') declare(attribute)
    const written = attributes.map(([name, value]) => ` ${name}="${escapeValue(value)}"`)
    this.#out.push(`<${element.name}${written.join('')}`)
    if (element.children.length === 0) {
      this.#out.push(element.closesItself ? ' />' : `></${element.name}>`)
      return
    }
    this.#out.push('>')
    let isMixed = isMixedAround
    for (const child of element.children) {
      if (child.kind === 'text' || child.kind === 'cdata') isMixed = true
      this.print(child, depth + 1, isMixed, namespaces)
    }
    this.#indent(depth, isMixed)
    this.#out.push(`</${element.name}>`)
  }

  #indent(depth: number, isMixed: boolean): void {
    if (this.#isIndented && !isMixed && this.#out.length > 0)
      this.#out.push(`\n${'  '.repeat(depth)}`)
  }
}

const RESERVED = ['xml', 'xmlns']

const commentOf = (text: string): string => text.replace(/-(?=-|$)/g, '- ')

const escapeText = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('\r', '&#xD;')

const VALUE: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#x9;',
  '\n': '&#xA;',
  '\r': '&#xD;',
}

const escapeValue = (text: string): string =>
  text.replace(/[&<>"\t\n\r]/g, character => VALUE[character] ?? character)
