/** An XML document as plain values; nodes know their parent. */
export type XmlDocument = {
  kind: 'document'
  declaration: XmlDeclaration | undefined
  children: XmlNode[]
}

export type XmlDeclaration = { version: string; encoding?: string; standalone?: string }

export type XmlElement = XmlName & {
  kind: 'element'
  attributes: XmlAttribute[]
  children: XmlNode[]
  parent: XmlParent
  /** Written as `<a />`, not as `<a></a>`, when it has no children. */
  closesItself: boolean
}

/** `name` is as written, `namespace` empty for none. */
export type XmlName = { name: string; prefix: string; local: string; namespace: string }

export type XmlAttribute = XmlName & { kind: 'attribute'; value: string; parent: XmlElement }

export type XmlText = { kind: 'text' | 'cdata' | 'comment'; value: string; parent: XmlParent }

export type XmlInstruction = {
  kind: 'instruction'
  target: string
  value: string
  parent: XmlParent
}

export type XmlParent = XmlElement | XmlDocument
export type XmlNode = XmlElement | XmlText | XmlInstruction
export type XmlAny = XmlDocument | XmlNode | XmlAttribute

export const XMLNS = 'http://www.w3.org/2000/xmlns/'

export const isElement = (node: XmlAny): node is XmlElement => node.kind === 'element'

export const isBlank = (node: XmlNode): boolean => node.kind === 'text' && !/\S/.test(node.value)

export const elementsOf = (parent: XmlParent): XmlElement[] => parent.children.filter(isElement)

/** The elements below, in order of document. */
export const descendantsOf = (parent: XmlParent): XmlElement[] =>
  elementsOf(parent).flatMap(element => [element, ...descendantsOf(element)])

export const attributeOf = (element: XmlElement, name: string): XmlAttribute | undefined =>
  element.attributes.find(attribute => attribute.name === name)

/** What the element holds is this text alone afterwards. */
export const setText = (element: XmlElement, value: string): void => {
  element.children = value === '' ? [] : [{ kind: 'text', value, parent: element }]
  if (value === '') element.closesItself = false
}

export const setAttribute = (element: XmlElement, name: string, value: string): void => {
  const attribute = attributeOf(element, name)
  if (attribute) attribute.value = value
  else
    element.attributes.push({
      kind: 'attribute',
      name,
      prefix: '',
      local: name,
      namespace: '',
      value,
      parent: element,
    })
}

/** Puts the node at a place among the parent's children; at the end when there is none. */
export const insertNode = (parent: XmlParent, node: XmlNode, at = parent.children.length): void => {
  parent.children.splice(at, 0, node)
  node.parent = parent
}

/** Takes the node away, and with it the blanks before it. */
export const removeNode = (node: XmlNode): void => {
  const { children } = node.parent
  const at = children.indexOf(node)
  const before = children[at - 1]
  if (before && isBlank(before)) children.splice(at - 1, 2)
  else children.splice(at, 1)
}

/** Namespaces that apply inside the element, by prefix; the default one by the empty prefix. */
export const namespacesAt = (element: XmlElement): Map<string, string> => {
  const found = element.parent.kind === 'element' ? namespacesAt(element.parent) : new Map()
  for (const { namespace, prefix, local, value } of element.attributes)
    if (namespace === XMLNS) found.set(prefix === '' ? '' : local, value)
  return found
}
