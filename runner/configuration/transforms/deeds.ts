import {
  insertNode,
  isBlank,
  isElement,
  removeNode,
  setAttribute,
  XMLNS,
  type XmlAttribute,
  type XmlDocument,
  type XmlElement,
  type XmlParent,
} from '../xml/tree.ts'
import { parseXPath } from '../xpath/parse.ts'
import { selectNodes } from '../xpath/select.ts'
import { type Instruction, TransformError } from './instruction.ts'
import { located, parentsOf, prefixesAt, TRANSFORM_NAMESPACE } from './locate.ts'

/** What a transform asks for. */
export type Deed = {
  element: XmlElement
  instruction: Instruction
  document: XmlDocument
  warn: (message: string) => void
}

/** By the name a transform calls it. @throws TransformError, XPathError */
export const DEEDS: Readonly<Record<string, (deed: Deed) => void>> = {
  SetAttributes: deed => {
    for (const target of targetsOf(deed)) setAttributes(target, deed)
  },
  RemoveAttributes: deed => {
    for (const target of targetsOf(deed)) {
      const removed = new Set(chosen(target, deed))
      if (removed.size === 0) deed.warn('there are no attributes to remove.')
      target.attributes = target.attributes.filter(one => !removed.has(one))
    }
  },
  Remove: deed => {
    expectNoArguments(deed)
    const target = onlyTarget(deed)
    if (target) removeNode(target)
  },
  RemoveAll: deed => {
    expectNoArguments(deed)
    targetsOf(deed).forEach(removeNode)
  },
  Replace: deed => {
    expectNoArguments(deed)
    const target = onlyTarget(deed)
    if (!target) return
    const { parent } = target
    parent.children[parent.children.indexOf(target)] = copyOf(deed.element, parent)
  },
  Insert: deed => {
    expectNoArguments(deed)
    insertInto(parentOf(deed), deed.element)
  },
  InsertIfMissing: deed => {
    expectNoArguments(deed)
    const parent = parentOf(deed)
    if (located(deed.element, deed.document).length === 0) insertInto(parent, deed.element)
  },
  InsertBefore: deed => {
    const sibling = siblingOf(deed)
    insertInto(sibling.parent, deed.element, sibling, 'before')
  },
  InsertAfter: deed => {
    const sibling = siblingOf(deed)
    insertInto(sibling.parent, deed.element, sibling, 'after')
  },
}

const targetsOf = ({ element, document, warn }: Deed): XmlElement[] => {
  const targets = located(element, document)
  if (targets.length === 0) warn('no element of the document matches.')
  return targets
}

const onlyTarget = (deed: Deed): XmlElement | undefined => {
  const targets = targetsOf(deed)
  if (targets.length > 1)
    deed.warn(`${targets.length} elements match, and only the first is taken: add a locator.`)
  return targets[0]
}

const parentOf = ({ element, document }: Deed): XmlParent => {
  const [parent] = parentsOf(element, document)
  if (!parent || parent.kind === 'document')
    throw new TransformError('no element of the document matches its parent.')
  return parent
}

const siblingOf = (deed: Deed): XmlElement => {
  const { arguments: given } = deed.instruction
  if (given.length !== 1 || !given[0])
    throw new TransformError(`expected one path, found ${given.length}.`)
  const path = parseXPath(given[0], prefixesAt(deed.element))
  const [sibling] = selectNodes(path, parentOf(deed))
  if (!sibling || !isElement(sibling) || sibling.parent.kind === 'document')
    throw new TransformError(`no element of the document matches ${given[0]}.`)
  return sibling
}

const expectNoArguments = ({ instruction, warn }: Deed): void => {
  if (instruction.arguments.length > 0) warn('it takes no arguments.')
}

const isPlain = ({ namespace }: XmlAttribute): boolean =>
  namespace !== TRANSFORM_NAMESPACE && namespace !== XMLNS

/** The attributes the arguments name, or all of them. */
const chosen = (from: XmlElement, { instruction, warn }: Deed): XmlAttribute[] => {
  const plain = from.attributes.filter(isPlain)
  if (instruction.arguments.length === 0) return plain
  return instruction.arguments.flatMap(name => {
    const found = plain.filter(attribute => name === '*' || attribute.name === name)
    if (found.length === 0) warn(`there is no attribute ${name}.`)
    return found
  })
}

const setAttributes = (target: XmlElement, deed: Deed): void => {
  const attributes = chosen(deed.element, deed)
  if (attributes.length === 0) deed.warn('there are no attributes to set.')
  for (const attribute of attributes) {
    const isThere = target.attributes.some(({ name }) => name === attribute.name)
    if (isThere) setAttribute(target, attribute.name, attribute.value)
    else target.attributes.push({ ...attribute, parent: target })
  }
}

/** The element without what speaks to the transform alone. */
const copyOf = (element: XmlElement, parent: XmlParent): XmlElement => {
  const copy: XmlElement = { ...element, parent, children: [], attributes: [] }
  copy.attributes = element.attributes
    .filter(
      ({ namespace, value }) => namespace !== TRANSFORM_NAMESPACE && value !== TRANSFORM_NAMESPACE,
    )
    .map(attribute => ({ ...attribute, parent: copy }))
  copy.children = element.children.map(child =>
    isElement(child) ? copyOf(child, copy) : { ...child, parent: copy },
  )
  return copy
}

/** Puts a copy in, on a line of its own where its neighbours have theirs. */
const insertInto = (
  parent: XmlParent,
  element: XmlElement,
  sibling?: XmlElement,
  side?: 'before' | 'after',
): void => {
  const copy = copyOf(element, parent)
  const { children } = parent
  const blank = blankBeforeElements(parent)
  const newBlank = (value: string) => ({ kind: 'text' as const, value, parent })
  if (sibling) {
    const at = children.indexOf(sibling)
    insertNode(parent, copy, side === 'before' ? at : at + 1)
    if (blank !== undefined) insertNode(parent, newBlank(blank), at + 1)
    return
  }
  const last = children.at(-1)
  const end = last && isBlank(last) ? children.length - 1 : children.length
  insertNode(parent, copy, end)
  if (blank === undefined) return
  insertNode(parent, newBlank(blank), end)
  if (children.at(-1) === copy) insertNode(parent, newBlank(blank.replace(/ {1,2}$|\t$/, '')))
}

/** The line end and indent the parent's elements have, or would have. */
const blankBeforeElements = (parent: XmlParent): string | undefined => {
  const at = parent.children.findLastIndex(isElement)
  const before = parent.children[at - 1]
  if (at >= 0) return before && isBlank(before) && 'value' in before ? before.value : undefined
  if (parent.kind === 'document' || parent.children.some(one => !isBlank(one))) return undefined
  const around = blankBeforeElements(parent.parent)
  return around === undefined ? undefined : `${around}  `
}
