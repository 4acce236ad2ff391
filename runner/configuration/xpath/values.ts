import type { XmlAny } from '../xml/tree.ts'

export type Value = XmlAny[] | string | number | boolean

/** What a node counts for as text. */
export const textOf = (node: XmlAny): string => {
  if (node.kind !== 'document' && node.kind !== 'element') return node.value
  return node.children
    .map(child => (child.kind === 'comment' || child.kind === 'instruction' ? '' : textOf(child)))
    .join('')
}

export const asString = (value: Value): string => {
  if (Array.isArray(value)) return value[0] ? textOf(value[0]) : ''
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : `${value}`
    return Object.is(value, -0) ? '0' : String(value)
  }
  return String(value)
}

export const asNumber = (value: Value): number => {
  if (typeof value === 'number') return value
  if (typeof value === 'boolean') return value ? 1 : 0
  const text = asString(value).trim()
  return /^-?(?:\d+(?:\.\d*)?|\.\d+)$/.test(text) ? Number(text) : Number.NaN
}

export const asBoolean = (value: Value): boolean => {
  if (Array.isArray(value) || typeof value === 'string') return value.length > 0
  return typeof value === 'number' ? value !== 0 && !Number.isNaN(value) : value
}

const WORDS: Readonly<Record<string, string>> = {
  eq: '=',
  ne: '!=',
  lt: '<',
  le: '<=',
  gt: '>',
  ge: '>=',
}

/** Of sets of nodes it is enough when some pair of them compares so. */
export const compare = (operator: string, left: Value, right: Value): boolean => {
  const symbol = WORDS[operator] ?? operator
  if (Array.isArray(left) && typeof right !== 'boolean') {
    return left.some(node => compare(symbol, textOf(node), right))
  }
  if (Array.isArray(right) && typeof left !== 'boolean') {
    return right.some(node => compare(symbol, left, textOf(node)))
  }
  if (symbol === '=' || symbol === '!=') return isSame(left, right) === (symbol === '=')
  const [a, b] = [asNumber(left), asNumber(right)]
  if (symbol === '<') return a < b
  if (symbol === '<=') return a <= b
  return symbol === '>' ? a > b : a >= b
}

const isSame = (left: Value, right: Value): boolean => {
  if (typeof left === 'boolean' || typeof right === 'boolean')
    return asBoolean(left) === asBoolean(right)
  if (typeof left === 'number' || typeof right === 'number')
    return asNumber(left) === asNumber(right)
  return asString(left) === asString(right)
}
