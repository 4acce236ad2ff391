import { AXES, type Axis, type Expression, type NodeTest, type Step } from './expression.ts'
import { FUNCTIONS } from './functions.ts'
import { type Token, tokensOf, XPathError } from './tokens.ts'

const MAX_DEPTH = 100

/** Operators by strength, weakest first. */
const LEVELS: readonly (readonly string[])[] = [
  ['or'],
  ['and'],
  ['=', '!=', '<', '<=', '>', '>=', 'eq', 'ne', 'lt', 'le', 'gt', 'ge'],
  ['+', '-'],
  ['*', 'div', 'idiv', 'mod'],
  ['|', 'union'],
  ['intersect', 'except'],
]

const TYPES: Readonly<Record<string, 'node' | 'text' | 'comment' | 'instruction'>> = {
  node: 'node',
  text: 'text',
  comment: 'comment',
  'processing-instruction': 'instruction',
}

/** Reads an XPath 1.0 expression, with `*:name`, `eq` and its like, lists and paths in brackets of
 *  XPath 2.0 besides.
 *  @param namespaceOf the namespace of a prefix; a prefix without one is an error
 *  @throws XPathError */
export const parseXPath = (
  text: string,
  namespaceOf: (prefix: string) => string | undefined,
): Expression => new Parser(text, namespaceOf).whole()

class Parser {
  readonly #text: string
  readonly #tokens: Token[]
  readonly #namespaceOf: (prefix: string) => string | undefined
  #position = 0
  #depth = 0

  constructor(text: string, namespaceOf: (prefix: string) => string | undefined) {
    this.#text = text
    this.#tokens = tokensOf(text)
    this.#namespaceOf = namespaceOf
  }

  whole(): Expression {
    const expression = this.#level(0)
    if (this.#next.kind !== 'end') throw this.#error('the end')
    return expression
  }

  get #next(): Token {
    return this.#tokens[this.#position] as Token
  }

  #take(text: string): boolean {
    const { kind } = this.#next
    if (this.#next.text !== text || kind === 'literal' || kind === 'name') return false
    this.#position++
    return true
  }

  #expect(text: string): void {
    if (!this.#take(text)) throw this.#error(`'${text}'`)
  }

  #error(expected: string): XPathError {
    const found = this.#next.kind === 'end' ? 'the end' : `'${this.#next.text}'`
    return new XPathError(`'${this.#text}' is no path: expected ${expected}, found ${found}.`)
  }

  #level(level: number): Expression {
    const operators = LEVELS[level]
    if (!operators) return this.#unary()
    let left = this.#level(level + 1)
    while (this.#next.kind === 'operator' && operators.includes(this.#next.text)) {
      const operator = this.#next.text
      this.#position++
      left = { kind: 'binary', operator, left, right: this.#level(level + 1) }
    }
    return left
  }

  #unary(): Expression {
    let isNegative = false
    while (this.#next.kind === 'operator' && ['-', '+'].includes(this.#next.text)) {
      if (this.#next.text === '-') isNegative = !isNegative
      this.#position++
    }
    const operand = this.#path()
    return isNegative ? { kind: 'negative', operand } : operand
  }

  #path(): Expression {
    if (this.#take('//')) return { kind: 'path', start: 'root', steps: [DESCEND, ...this.#steps()] }
    if (this.#take('/')) {
      const steps = this.#startsStep() ? this.#steps() : []
      return { kind: 'path', start: 'root', steps }
    }
    const steps = this.#steps()
    const [first] = steps
    if (steps.length === 1 && first?.kind === 'expression' && first.predicates.length === 0)
      return first.expression
    return { kind: 'path', start: 'context', steps }
  }

  #startsStep(): boolean {
    const { kind, text } = this.#next
    return kind === 'name' || ['.', '..', '@', '('].includes(text)
  }

  #steps(): Step[] {
    const steps = [this.#step()]
    for (;;) {
      if (this.#take('//')) steps.push(DESCEND, this.#step())
      else if (this.#take('/')) steps.push(this.#step())
      else return steps
    }
  }

  #step(): Step {
    if (this.#take('..')) return { ...PARENT, predicates: this.#predicates() }
    if (this.#take('.')) return { ...SELF, predicates: this.#predicates() }
    if (this.#take('@')) return this.#axisStep('attribute')
    const { kind, text } = this.#next
    const after = this.#tokens[this.#position + 1]?.text
    if (kind === 'name' && after === '::') {
      const axis = AXES.find(one => one === text)
      if (!axis) throw this.#error('an axis')
      this.#position += 2
      return this.#axisStep(axis)
    }
    const isCall = kind === 'name' && after === '(' && !(text in TYPES)
    if (kind === 'name' && !isCall) return this.#axisStep('child')
    const expression = this.#primary()
    return { kind: 'expression', expression, predicates: this.#predicates() }
  }

  #axisStep(axis: Axis): Step {
    const test = this.#nodeTest(axis)
    return { kind: 'axis', axis, test, predicates: this.#predicates() }
  }

  #nodeTest(axis: Axis): NodeTest {
    const { kind, text } = this.#next
    if (kind !== 'name') throw this.#error('a name')
    this.#position++
    const type = TYPES[text]
    if (type && this.#take('(')) {
      const { kind: argument, text: target } = this.#next
      const isNamed = type === 'instruction' && (argument === 'literal' || argument === 'name')
      if (isNamed) this.#position++
      this.#expect(')')
      return { kind: 'type', type, ...(isNamed && { target }) }
    }
    if (text === '*') return { kind: 'name', namespace: undefined, local: undefined }
    const colon = text.indexOf(':')
    if (colon < 0) return { kind: 'name', namespace: this.#unprefixed(axis), local: text }
    const prefix = text.slice(0, colon)
    const local = text.slice(colon + 1)
    const namespace = prefix === '*' ? undefined : this.#namespaceOf(prefix)
    if (prefix !== '*' && namespace === undefined)
      throw new XPathError(`'${this.#text}': nothing declares the prefix '${prefix}'.`)
    return { kind: 'name', namespace, local: local === '*' ? undefined : local }
  }

  #unprefixed(axis: Axis): string {
    return axis === 'attribute' ? '' : (this.#namespaceOf('') ?? '')
  }

  #predicates(): Expression[] {
    const predicates: Expression[] = []
    while (this.#take('[')) {
      predicates.push(this.#nested())
      this.#expect(']')
    }
    return predicates
  }

  #nested(): Expression {
    if (++this.#depth > MAX_DEPTH)
      throw new XPathError(`'${this.#text.slice(0, 50)}…' is nested deeper than ${MAX_DEPTH}.`)
    const expression = this.#level(0)
    this.#depth--
    return expression
  }

  #primary(): Expression {
    const { kind, text } = this.#next
    if (kind === 'literal' || kind === 'number') {
      this.#position++
      return kind === 'literal' ? { kind, value: text } : { kind, value: Number(text) }
    }
    if (this.#take('(')) {
      const items = this.#listUntilClosed()
      return items.length === 1 ? (items[0] as Expression) : { kind: 'list', items }
    }
    if (kind !== 'name') throw this.#error('a path')
    const name = text.startsWith('fn:') ? text.slice(3) : text
    if (!Object.hasOwn(FUNCTIONS, name)) throw this.#error('a function that is known')
    this.#position++
    this.#expect('(')
    return { kind: 'call', name, arguments: this.#listUntilClosed() }
  }

  #listUntilClosed(): Expression[] {
    const items: Expression[] = []
    if (this.#take(')')) return items
    do items.push(this.#nested())
    while (this.#take(','))
    this.#expect(')')
    return items
  }
}

const ANY: NodeTest = { kind: 'type', type: 'node' }
const DESCEND: Step = { kind: 'axis', axis: 'descendant-or-self', test: ANY, predicates: [] }
const PARENT: Step = { kind: 'axis', axis: 'parent', test: ANY, predicates: [] }
const SELF: Step = { kind: 'axis', axis: 'self', test: ANY, predicates: [] }
