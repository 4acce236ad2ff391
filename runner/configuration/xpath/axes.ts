import { XMLNS, type XmlAny, type XmlNode } from '../xml/tree.ts'
import type { Axis, NodeTest } from './expression.ts'

/** The nodes on an axis of a node, nearest first. */
export const along = (axis: Axis, node: XmlAny): XmlAny[] => {
  switch (axis) {
    case 'self':
      return [node]
    case 'child':
      return childrenOf(node)
    case 'descendant':
      return below(node)
    case 'descendant-or-self':
      return [node, ...below(node)]
    case 'parent':
      return node.kind === 'document' ? [] : [node.parent]
    case 'ancestor':
      return above(node)
    case 'ancestor-or-self':
      return [node, ...above(node)]
    case 'attribute':
      return node.kind === 'element'
        ? node.attributes.filter(({ namespace }) => namespace !== XMLNS)
        : []
    case 'following-sibling':
      return siblings(node).after
    case 'preceding-sibling':
      return siblings(node).before.reverse()
    case 'following':
      return [node, ...above(node)].flatMap(one => siblings(one).after.flatMap(withBelow))
    case 'preceding':
      return [node, ...above(node)].flatMap(one =>
        siblings(one)
          .before.reverse()
          .flatMap(before => withBelow(before).reverse()),
      )
  }
}

export const passes = (test: NodeTest, axis: Axis, node: XmlAny): boolean => {
  if (test.kind === 'type') {
    if (test.type === 'node') return true
    if (test.type === 'text') return node.kind === 'text' || node.kind === 'cdata'
    if (node.kind !== test.type) return false
    return test.target === undefined || (node.kind === 'instruction' && node.target === test.target)
  }
  if (node.kind !== (axis === 'attribute' ? 'attribute' : 'element')) return false
  const isNamed = test.local === undefined || node.local === test.local
  return isNamed && (test.namespace === undefined || node.namespace === test.namespace)
}

const childrenOf = (node: XmlAny): XmlNode[] =>
  node.kind === 'document' || node.kind === 'element' ? node.children : []

const below = (node: XmlAny): XmlAny[] => childrenOf(node).flatMap(withBelow)

const withBelow = (node: XmlAny): XmlAny[] => [node, ...below(node)]

const above = (node: XmlAny): XmlAny[] =>
  node.kind === 'document' ? [] : [node.parent, ...above(node.parent)]

const siblings = (node: XmlAny): { before: XmlNode[]; after: XmlNode[] } => {
  if (node.kind === 'document' || node.kind === 'attribute') return { before: [], after: [] }
  const { children } = node.parent
  const at = children.indexOf(node)
  return { before: children.slice(0, at), after: children.slice(at + 1) }
}
