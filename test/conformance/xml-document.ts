import { DOMParser, type Node } from '@xmldom/xmldom'

/** The same document, white space between elements aside. Read by another parser than the
 *  product's own. */
export const sameXml = (left: string, right: string): boolean => read(left) === read(right)

const read = (text: string): string => {
  const document = new DOMParser().parseFromString(text, 'text/xml')
  return JSON.stringify([...document.childNodes].flatMap(describe))
}

/** In a form that tells documents apart, as a list of one or none. */
const describe = (node: Node): unknown[] => {
  if (node.nodeType === node.TEXT_NODE) return node.nodeValue?.trim() ? [node.nodeValue] : []
  if (node.nodeName === 'xml' && node.nodeType === node.PROCESSING_INSTRUCTION_NODE) return []
  const attributes = 'attributes' in node ? (node.attributes as Iterable<Node> | null) : null
  const named = [...(attributes ?? [])].map(one => [one.nodeName, one.nodeValue])
  const children = [...node.childNodes].flatMap(describe)
  return [[node.nodeType, node.nodeName, node.nodeValue, named.sort(), children]]
}
