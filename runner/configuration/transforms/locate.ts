import {
  attributeOf,
  elementsOf,
  isElement,
  namespacesAt,
  type XmlDocument,
  type XmlElement,
  type XmlParent,
} from '../xml/tree.ts'
import type { Expression } from '../xpath/expression.ts'
import { parseXPath } from '../xpath/parse.ts'
import { selectNodes } from '../xpath/select.ts'
import { parseInstruction, TransformError } from './instruction.ts'

export const TRANSFORM_NAMESPACE = 'http://schemas.microsoft.com/XML-Document-Transform'

/** An instruction on an element of the transform, if there is one. */
export const instructionOf = (element: XmlElement, name: 'Transform' | 'Locator') => {
  const attribute = element.attributes.find(
    ({ namespace, local }) => namespace === TRANSFORM_NAMESPACE && local === name,
  )
  return attribute && parseInstruction(attribute.value)
}

/** The elements of the document that an element of the transform speaks of: its namesakes below
 *  what its parent speaks of, or those its locator names.
 *  @throws TransformError, XPathError */
export const located = (element: XmlElement, document: XmlDocument): XmlElement[] => {
  const parents = parentsOf(element, document)
  const namesakes = parents.flatMap(parent =>
    elementsOf(parent).filter(one => isNamesake(one, element)),
  )
  const locator = instructionOf(element, 'Locator')
  if (!locator) return namesakes
  const [first] = locator.arguments
  if (first === undefined)
    throw new TransformError(`${locator.name} needs an argument, found ${locator.name}().`)
  switch (locator.name) {
    case 'Match':
      return namesakes.filter(one => locator.arguments.every(name => agrees(one, element, name)))
    case 'Condition':
      return parents.flatMap(parent => {
        const step = conditionStep(element, locator.arguments.join(','))
        return selectNodes(step, parent).filter(isElement)
      })
    case 'XPath': {
      const path = parseXPath(locator.arguments.join(','), prefixesAt(element))
      const starts = first.startsWith('/') ? [document] : namesakes
      const nodes = starts.flatMap(start => selectNodes(path, start))
      return [...new Set(nodes.filter(isElement))]
    }
    default:
      throw new TransformError(
        `Expected the locator Match, Condition or XPath, found '${locator.name}'.`,
      )
  }
}

/** What the parent of an element of the transform speaks of. */
export const parentsOf = ({ parent }: XmlElement, document: XmlDocument): XmlParent[] =>
  parent.kind === 'element' ? located(parent, document) : [document]

const isNamesake = (left: XmlElement, right: XmlElement): boolean =>
  left.local === right.local && left.namespace === right.namespace

const agrees = (target: XmlElement, element: XmlElement, name: string): boolean => {
  const wanted = attributeOf(element, name)
  if (!wanted)
    throw new TransformError(`Match(${name}): <${element.name}> has no attribute ${name}.`)
  return attributeOf(target, name)?.value === wanted.value
}

/** A path to the children of that name for which the condition holds. */
const conditionStep = (element: XmlElement, condition: string): Expression => {
  const path = parseXPath(`child::node()[${condition}]`, prefixesAt(element))
  const step = path.kind === 'path' && path.steps.length === 1 ? path.steps[0] : undefined
  if (path.kind !== 'path' || step?.kind !== 'axis')
    throw new TransformError(`Expected a condition, found '${condition}'.`)
  const { local, namespace } = element
  return { ...path, steps: [{ ...step, test: { kind: 'name', local, namespace } }] }
}

/** Prefixes in a path are those of the transform; names without one are in no namespace. */
export const prefixesAt = (element: XmlElement): ((prefix: string) => string | undefined) => {
  const namespaces = namespacesAt(element)
  return prefix => {
    if (prefix === '') return undefined
    return namespaces.get(prefix === '_defaultNamespace' ? '' : prefix)
  }
}
