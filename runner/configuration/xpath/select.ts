import type { XmlAny, XmlDocument } from '../xml/tree.ts'
import { along, passes } from './axes.ts'
import type { Expression, Step } from './expression.ts'
import { type Focus, FUNCTIONS } from './functions.ts'
import { parseXPath } from './parse.ts'
import { XPathError } from './tokens.ts'
import { asBoolean, asNumber, compare, type Value } from './values.ts'

/** How many nodes one evaluation may look at. */
const MAX_VISITS = 5_000_000

/** The nodes a path selects, each once and in order of document.
 *  @param namespaceOf the namespace of a prefix
 *  @throws XPathError when it is no path, selects no nodes but a value, or looks at too many */
export const selectNodes = (
  path: string | Expression,
  node: XmlAny,
  namespaceOf: (prefix: string) => string | undefined = () => undefined,
): XmlAny[] => {
  const expression = typeof path === 'string' ? parseXPath(path, namespaceOf) : path
  const value = new Evaluation(node).value(expression, { node, position: 1, size: 1 })
  if (!Array.isArray(value)) throw new XPathError('Expected a path to nodes, found a plain value.')
  return value
}

class Evaluation {
  readonly #document: XmlDocument
  #order: Map<XmlAny, number> | undefined
  #visits = 0

  constructor(node: XmlAny) {
    let top = node
    while (top.kind !== 'document') top = top.parent
    this.#document = top
  }

  value(expression: Expression, focus: Focus): Value {
    switch (expression.kind) {
      case 'literal':
      case 'number':
        return expression.value
      case 'negative':
        return -asNumber(this.value(expression.operand, focus))
      case 'list':
        return this.#sorted(expression.items.flatMap(item => this.#nodes(item, focus)))
      case 'call':
        return (FUNCTIONS[expression.name] as (typeof FUNCTIONS)[string])(
          expression.arguments.map(argument => this.value(argument, focus)),
          focus,
        )
      case 'binary':
        return this.#binary(expression, focus)
      case 'path':
        return this.#path(expression, focus)
    }
  }

  #nodes(expression: Expression, focus: Focus): XmlAny[] {
    const value = this.value(expression, focus)
    if (!Array.isArray(value)) throw new XPathError('Expected nodes, found a plain value.')
    return value
  }

  #binary({ operator, left, right }: Expression & { kind: 'binary' }, focus: Focus): Value {
    if (operator === 'or' || operator === 'and') {
      const first = asBoolean(this.value(left, focus))
      return first === (operator === 'or') ? first : asBoolean(this.value(right, focus))
    }
    if (operator === '|' || operator === 'union')
      return this.#sorted([...this.#nodes(left, focus), ...this.#nodes(right, focus)])
    if (operator === 'intersect' || operator === 'except') {
      const others = new Set(this.#nodes(right, focus))
      return this.#nodes(left, focus).filter(n => others.has(n) === (operator === 'intersect'))
    }
    const calculate = ARITHMETIC[operator]
    const [a, b] = [this.value(left, focus), this.value(right, focus)]
    return calculate ? calculate(asNumber(a), asNumber(b)) : compare(operator, a, b)
  }

  #path({ start, steps }: Expression & { kind: 'path' }, focus: Focus): XmlAny[] {
    let nodes: XmlAny[] = [focus.node]
    if (start === 'root') nodes = [this.#document]
    else if (start !== 'context') nodes = this.#nodes(start, focus)
    for (const step of steps) {
      const found = nodes.flatMap(node => this.#step(step, { node, position: 1, size: 1 }))
      nodes = nodes.length > 1 || step.kind !== 'axis' ? this.#sorted(found) : found
      if (step.kind === 'axis' && BACKWARD.includes(step.axis)) nodes = this.#sorted(nodes)
    }
    return nodes
  }

  #step(step: Step, focus: Focus): XmlAny[] {
    let nodes: XmlAny[]
    if (step.kind === 'expression') nodes = this.#nodes(step.expression, focus)
    else {
      const reached = along(step.axis, focus.node)
      this.#count(reached.length)
      nodes = reached.filter(node => passes(step.test, step.axis, node))
    }
    for (const predicate of step.predicates) nodes = this.#filter(nodes, predicate)
    return nodes
  }

  #filter(nodes: XmlAny[], predicate: Expression): XmlAny[] {
    this.#count(nodes.length)
    return nodes.filter((node, index) => {
      const value = this.value(predicate, { node, position: index + 1, size: nodes.length })
      return typeof value === 'number' ? value === index + 1 : asBoolean(value)
    })
  }

  #count(visits: number): void {
    this.#visits += visits + 1
    if (this.#visits > MAX_VISITS)
      throw new XPathError(`The path looks at more than ${MAX_VISITS} nodes; make it narrower.`)
  }

  #sorted(nodes: XmlAny[]): XmlAny[] {
    const distinct = [...new Set(nodes)]
    if (distinct.length < 2) return distinct
    this.#order ??= orderOf(this.#document)
    const order = this.#order
    return distinct.sort((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0))
  }
}

const BACKWARD: readonly string[] = [
  'ancestor',
  'ancestor-or-self',
  'preceding',
  'preceding-sibling',
]

const ARITHMETIC: Readonly<Record<string, (left: number, right: number) => number>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  div: (left, right) => left / right,
  idiv: (left, right) => Math.trunc(left / right),
  mod: (left, right) => left % right,
}

const orderOf = (document: XmlDocument): Map<XmlAny, number> => {
  const order = new Map<XmlAny, number>()
  const visit = (node: XmlAny) => {
    order.set(node, order.size)
    if (node.kind === 'element') for (const one of node.attributes) order.set(one, order.size)
    if (node.kind === 'element' || node.kind === 'document') node.children.forEach(visit)
  }
  visit(document)
  return order
}
