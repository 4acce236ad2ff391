import { scanExpression, scanQuoted } from './expression-parser.ts'
import { scanFormula } from './formula-parser.ts'
import { Scanner, type SyntaxProblem } from './scanner.ts'
import { scanName, scanSymbol } from './symbol-parser.ts'
import type {
  Condition,
  Conditional,
  Expression,
  Operand,
  SymbolPath,
  Template,
  Token,
} from './template.ts'
import { scanText } from './text-scanner.ts'

/** Blocks and nested options deeper than this are no template any more. */
const MAX_NESTING = 100

const MAX_BRANCHES = 500
const STEPS_PER_TOKEN = 7
/** No text that people write takes so many steps for a character. */
const MAX_STEPS_PER_CHARACTER = 10

/** Is told what reading costs, and may throw to end it. */
export type Meter = { spend: (steps: number) => void }

type Body = 'top' | 'if' | 'unless' | 'plain'
type Remembered = { token: Token; end: number } | undefined

/** The commonest token, read in one go: names of plain letters. What it does not match, or no name
 *  may be, is read the long way. */
const SIMPLE = /#\{([A-Za-z0-9_][\w\-:/~()@]*(?:\.[\w\-:/~()@]+)*)\}/y
const MAX_SIMPLE_LENGTH = 200
const BLOCK = /#\{\s*(if|unless|each|calc)\s+/iy
const ELSE_IF = /#\{\s*elseif\s+/iy

/** Reads one template; see `parseTemplate`. */
export class TemplateParser {
  readonly #scanner: Scanner
  readonly #lenient: boolean
  // A token is the same wherever it is tried from, so every place is read once: without this a row
  // of unclosed ifs would be read twice as often for each of them.
  readonly #remembered = new Map<number, Remembered>()
  readonly #lastClosing = new Map<string, number>()
  readonly #meter: Meter | undefined
  readonly #maxSteps: number
  #nesting = 0
  #paid = 0

  constructor(text: string, mode: 'strict' | 'lenient', meter?: Meter) {
    this.#scanner = new Scanner(text)
    this.#lenient = mode === 'lenient'
    this.#meter = meter
    this.#maxSteps = 10_000 + MAX_STEPS_PER_CHARACTER * text.length
  }

  /** What reading has cost so far. */
  get steps(): number {
    return this.#scanner.steps
  }

  parse(): Template | SyntaxProblem {
    const tokens = this.#tokens('top')
    const { atEnd, text, position } = this.#scanner
    if (atEnd) return tokens
    return this.#lenient
      ? [...tokens, { kind: 'text', text: text.slice(position) }]
      : this.#scanner.problem()
  }

  /** Whether the text may take any more. */
  #mayGoOn(): boolean {
    const { steps } = this.#scanner
    this.#meter?.spend(steps - this.#paid)
    this.#paid = steps
    this.#scanner.steps += STEPS_PER_TOKEN
    return steps <= this.#maxSteps
  }

  /** Tokens up to what ends this kind of body, or up to what is none. */
  #tokens(body: Body): Token[] {
    const tokens: Token[] = []
    const scanner = this.#scanner
    let text = ''
    while (!scanner.atEnd && this.#mayGoOn()) {
      text += scanText(scanner)
      if (!scanner.startsWith('#{')) continue
      if (this.#endsBody(body)) break
      const token = this.#simpleToken() ?? this.#tokenHere()
      if (token) {
        if (text !== '') tokens.push({ kind: 'text', text })
        tokens.push(token)
        text = ''
      } else if (this.#lenient && (body === 'top' || !scanner.startsWith('#{/'))) {
        text += '#{'
        scanner.position += 2
      } else break
    }
    if (text !== '') tokens.push({ kind: 'text', text })
    return tokens
  }

  #simpleToken(): Token | undefined {
    const scanner = this.#scanner
    const name = scanner.match(SIMPLE)?.[1]
    if (name === undefined) return undefined
    if (name.length > MAX_SIMPLE_LENGTH) {
      scanner.position -= name.length + '#{}'.length
      return undefined
    }
    const steps = name.includes('.')
      ? name.split('.').map(one => ({ kind: 'name' as const, name: one }))
      : [{ kind: 'name' as const, name }]
    return { kind: 'substitution', expression: { kind: 'symbol', steps } }
  }

  #endsBody(body: Body): boolean {
    const scanner = this.#scanner
    if (body === 'top' || body === 'plain') return false
    if (scanner.startsWith('#{else}')) return true
    const start = scanner.position
    const found = body === 'if' && scanner.match(ELSE_IF) !== undefined && this.#condition()
    scanner.position = start
    return Boolean(found)
  }

  #tokenHere(): Token | undefined {
    const scanner = this.#scanner
    const start = scanner.position
    if (this.#remembered.has(start)) {
      const remembered = this.#remembered.get(start)
      if (remembered) scanner.position = remembered.end
      return remembered?.token
    }
    if (this.#nesting >= MAX_NESTING || !this.#mayGoOn()) {
      return scanner.expect(`at most ${MAX_NESTING} blocks inside each other`)
    }
    this.#nesting++
    const token = this.#block() ?? this.#substitution(start)
    this.#nesting--
    this.#remembered.set(start, token && { token, end: scanner.position })
    if (!token) scanner.position = start
    return token
  }

  /** A block that turns out to be none, for want of its end, may still be a name. */
  #block(): Token | undefined {
    const scanner = this.#scanner
    const word = scanner.match(BLOCK)?.[1]?.toLowerCase()
    switch (word) {
      case 'if':
      case 'unless':
        return this.#conditional(word)
      case 'each':
        return this.#repetition()
      case 'calc': {
        const formula = scanFormula(scanner)
        scanner.skipBlanks()
        return formula && scanner.take('}') ? { kind: 'calculation', formula } : undefined
      }
      default:
        return undefined
    }
  }

  #substitution(start: number): Token | undefined {
    const scanner = this.#scanner
    scanner.position = start + 2
    if (scanner.startsWith('/')) return scanner.expect('a name')
    const expression = this.#expression()
    return expression && scanner.take('}') ? { kind: 'substitution', expression } : undefined
  }

  #conditional(word: 'if' | 'unless'): Token | undefined {
    const branches: { condition: Condition; body: Template }[] = []
    let otherwise: Template = []
    const scanner = this.#scanner
    const closing = `#{/${word}}`
    do {
      const condition = this.#condition()
      if (!condition || !this.#isClosedLater(closing)) return undefined
      if (branches.length === MAX_BRANCHES)
        return scanner.expect(`at most ${MAX_BRANCHES} branches`)
      branches.push({ condition, body: this.#tokens(word) })
    } while (word === 'if' && scanner.match(ELSE_IF))
    if (scanner.startsWith('#{else}')) {
      scanner.position += '#{else}'.length
      otherwise = this.#tokens('plain')
    }
    if (!scanner.take(closing)) return undefined
    const folded = branches.reduceRight<Template>(
      (rest, { condition, body }) => [
        {
          kind: 'conditional',
          unless: word === 'unless',
          condition,
          body,
          otherwise: rest,
        } satisfies Conditional,
      ],
      otherwise,
    )
    return folded[0]
  }

  #condition(): Condition | undefined {
    const scanner = this.#scanner
    const left = this.#operand()
    if (!left) return undefined
    const operator = scanner.match(COMPARISON)?.[1]
    const right = operator === undefined ? undefined : this.#operand()
    if (operator === undefined ? left.kind === 'quoted' : !right) return undefined
    if (left.kind === 'quoted' && right?.kind === 'quoted') return undefined
    if (!scanner.take('}')) return undefined
    return right ? { left, comparison: { equals: operator === '==', right } } : { left }
  }

  #operand(): Operand | undefined {
    const scanner = this.#scanner
    scanner.skipBlanks()
    const quoted = scanQuoted(scanner)
    if (quoted === undefined) return this.#expression()
    scanner.skipBlanks()
    return { kind: 'quoted', text: quoted }
  }

  #repetition(): Token | undefined {
    const scanner = this.#scanner
    const item = scanName(scanner)
    scanner.skipBlanks()
    if (item === undefined || !scanner.match(IN)) return scanner.expect('in')
    scanner.skipBlanks()
    const collection: SymbolPath | undefined = scanSymbol(scanner)
    scanner.skipBlanks()
    if (!collection || !scanner.take('}') || !this.#isClosedLater('#{/each}')) return undefined
    const body = this.#tokens('plain')
    return scanner.take('#{/each}') ? { kind: 'repetition', item, collection, body } : undefined
  }

  #expression(): Expression | undefined {
    return scanExpression(this.#scanner, () => this.#tokenHere())
  }

  #isClosedLater(closing: string): boolean {
    let last = this.#lastClosing.get(closing)
    if (last === undefined) {
      last = this.#scanner.text.lastIndexOf(closing)
      this.#lastClosing.set(closing, last)
    }
    if (last >= this.#scanner.position) return true
    const { position } = this.#scanner
    this.#scanner.position = this.#scanner.text.length
    this.#scanner.expect(`'${closing}'`)
    this.#scanner.position = position
    return false
  }
}

const COMPARISON = /(==|!=)\s*/y
const IN = /in/iy
