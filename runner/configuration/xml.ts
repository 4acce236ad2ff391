import type { VariableDictionary } from '../substitution/variable-dictionary.ts'
import type { Replacement } from './replacement.ts'
import { printXml } from './xml/print.ts'
import { parseXml, parseXmlFragment, XmlError } from './xml/read.ts'
import {
  descendantsOf,
  insertNode,
  isElement,
  namespacesAt,
  setText,
  XMLNS,
  type XmlAny,
  type XmlDocument,
  type XmlElement,
} from './xml/tree.ts'
import { parseXPath } from './xpath/parse.ts'
import { selectNodes } from './xpath/select.ts'
import { XPathError } from './xpath/tokens.ts'

/** Values by XPath; a name without a slash or colon is none, nor is one that cannot be read as
 *  such. The text is written anew, indented by two blanks. */
export const replaceInXml = (
  text: string,
  variables: VariableDictionary,
  encoding: string,
): Replacement => {
  let document: XmlDocument
  try {
    document = parseXml(text)
  } catch (error) {
    if (error instanceof XmlError) return { parses: false, reason: error.message }
    throw error
  }
  const warnings: string[] = []
  const prefixes = prefixesOf(document, warnings)
  let replaced = 0
  for (const name of variables.names().filter(one => /[/:]/.test(one))) {
    const nodes = select(name, document, prefixes, warnings)
    const value = nodes.length > 0 ? variables.get(name) : null
    if (value === null) continue
    for (const node of nodes) {
      replaced++
      const problem = write(node, value)
      if (problem) warnings.push(`${name}: ${problem}`)
    }
  }
  const output = printXml(document, { isIndented: true, encoding })
  return { parses: true, text: output, replaced, warnings }
}

/** The first namespace a prefix stands for anywhere in the document. */
const prefixesOf = (document: XmlDocument, warnings: string[]): Map<string, string> => {
  const prefixes = new Map<string, string>()
  for (const { attributes } of descendantsOf(document)) {
    for (const { namespace, prefix, local, value } of attributes) {
      if (namespace !== XMLNS || prefix === '') continue
      const known = prefixes.get(local)
      if (known === undefined) prefixes.set(local, value)
      else if (known !== value)
        warnings.push(
          `The prefix ${local} stands for ${known} in paths, not for ${value}: give every namespace its own prefix.`,
        )
    }
  }
  return prefixes
}

const select = (
  name: string,
  document: XmlDocument,
  prefixes: ReadonlyMap<string, string>,
  warnings: string[],
): XmlAny[] => {
  try {
    const path = parseXPath(name, prefix => prefixes.get(prefix))
    try {
      return selectNodes(path, document)
    } catch (error) {
      if (!(error instanceof XPathError)) throw error
      warnings.push(`${name}: ${error.message}`)
      return []
    }
  } catch (error) {
    if (error instanceof XPathError) return []
    throw error
  }
}

/** What went wrong, if anything did. */
const write = (node: XmlAny, value: string): string | undefined => {
  if (node.kind === 'document') return 'the path selects the document itself; choose an element.'
  if (!isElement(node)) {
    node.value = value
    return undefined
  }
  const [only] = node.children
  if (node.children.length === 1 && only?.kind === 'cdata') {
    only.value = value
    return undefined
  }
  if (node.children.some(isElement)) return writeInside(node, value)
  setText(node, value)
  return undefined
}

const writeInside = (element: XmlElement, value: string): string | undefined => {
  try {
    const children = parseXmlFragment(value, element, namespacesAt(element))
    element.children = []
    for (const child of children) insertNode(element, child)
    element.closesItself = false
    return undefined
  } catch (error) {
    if (!(error instanceof XmlError)) throw error
    return `expected well-formed XML to replace its elements; they are kept. ${error.message}`
  }
}
