import { compileExpression } from '../../substitution/regular-expression.ts'
import type { XmlAny } from '../xml/tree.ts'
import { XPathError } from './tokens.ts'
import { asBoolean, asNumber, asString, textOf, type Value } from './values.ts'

/** Where an expression is evaluated. */
export type Focus = { node: XmlAny; position: number; size: number }

export type XPathFunction = (values: Value[], focus: Focus) => Value

const nodes = (value: Value | undefined): XmlAny[] => {
  if (!Array.isArray(value)) throw new XPathError('Expected nodes, found a plain value.')
  return value
}
const text = (value: Value | undefined, focus: Focus): string =>
  value === undefined ? textOf(focus.node) : asString(value)
const nodeOf = (value: Value | undefined, focus: Focus): XmlAny | undefined =>
  value === undefined ? focus.node : nodes(value)[0]

const nameParts = (node: XmlAny | undefined) => {
  if (node?.kind === 'element' || node?.kind === 'attribute') return node
  const target = node?.kind === 'instruction' ? node.target : ''
  return { name: target, local: target, namespace: '' }
}

const pair =
  (of: (left: string, right: string) => Value): XPathFunction =>
  ([left, right], focus) =>
    of(text(left, focus), text(right ?? '', focus))

/** By name; an expression that calls another function is no path. */
export const FUNCTIONS: Readonly<Record<string, XPathFunction>> = {
  last: (_, { size }) => size,
  position: (_, { position }) => position,
  count: ([set]) => nodes(set).length,
  exists: ([set]) => nodes(set).length > 0,
  empty: ([set]) => nodes(set).length === 0,
  sum: ([set]) => nodes(set).reduce((sum, node) => sum + asNumber(textOf(node)), 0),
  name: ([set], focus) => nameParts(nodeOf(set, focus)).name,
  'local-name': ([set], focus) => nameParts(nodeOf(set, focus)).local,
  'namespace-uri': ([set], focus) => nameParts(nodeOf(set, focus)).namespace,
  string: ([value], focus) => text(value, focus),
  data: ([value], focus) => text(value, focus),
  concat: (values, focus) => values.map(value => text(value, focus)).join(''),
  'starts-with': pair((left, right) => left.startsWith(right)),
  'ends-with': pair((left, right) => left.endsWith(right)),
  contains: pair((left, right) => left.includes(right)),
  matches: pair((value, pattern) => {
    const expression = compileExpression(pattern)
    if ('problem' in expression) throw new XPathError(expression.problem)
    return expression.isMatch(value)
  }),
  'substring-before': pair((left, right) => left.slice(0, Math.max(left.indexOf(right), 0))),
  'substring-after': pair((left, right) =>
    left.includes(right) ? left.slice(left.indexOf(right) + right.length) : '',
  ),
  substring: ([value, from, length], focus) => {
    const start = Math.round(asNumber(from ?? 1))
    const end =
      length === undefined ? Number.POSITIVE_INFINITY : start + Math.round(asNumber(length))
    return [...text(value, focus)]
      .filter((_, index) => index + 1 >= start && index + 1 < end)
      .join('')
  },
  'string-length': ([value], focus) => [...text(value, focus)].length,
  'normalize-space': ([value], focus) => text(value, focus).trim().replace(/\s+/g, ' '),
  'lower-case': ([value], focus) => text(value, focus).toLowerCase(),
  'upper-case': ([value], focus) => text(value, focus).toUpperCase(),
  translate: ([value, from, to], focus) => {
    const [source, target] = [[...text(from, focus)], [...text(to, focus)]]
    return [...text(value, focus)]
      .map(one => (source.includes(one) ? (target[source.indexOf(one)] ?? '') : one))
      .join('')
  },
  boolean: ([value]) => asBoolean(value ?? false),
  not: ([value]) => !asBoolean(value ?? false),
  true: () => true,
  false: () => false,
  number: ([value], focus) => asNumber(value ?? textOf(focus.node)),
  abs: ([value]) => Math.abs(asNumber(value ?? Number.NaN)),
  floor: ([value]) => Math.floor(asNumber(value ?? Number.NaN)),
  ceiling: ([value]) => Math.ceil(asNumber(value ?? Number.NaN)),
  round: ([value]) => Math.round(asNumber(value ?? Number.NaN)),
}
