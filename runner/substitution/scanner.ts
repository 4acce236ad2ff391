/** Where a text stops being a template, and what would have been right there. */
export type SyntaxProblem = { message: string; line: number; column: number }

/** A position in a text that moves forward over what it recognises, and remembers the furthest
 *  place where something else was expected: that is where people look for their mistake. */
export class Scanner {
  readonly text: string
  position = 0
  /** What reading has cost so far, in steps of the budget. */
  steps = 0
  #furthest = -1
  #bracket = -1
  #searchedFrom = 0
  #expected = new Set<string>()

  constructor(text: string) {
    this.text = text
  }

  get atEnd(): boolean {
    return this.position >= this.text.length
  }

  startsWith(word: string): boolean {
    return this.text.startsWith(word, this.position)
  }

  /** Moves over the word if it comes next. */
  take(word: string): boolean {
    if (!this.startsWith(word)) {
      this.expect(`'${word}'`)
      return false
    }
    this.position += word.length
    return true
  }

  /** Where the next `]` is; remembered, as many an index may be tried before the same one. */
  nextBracket(): number {
    if (this.position < this.#searchedFrom || this.position > this.#bracket) {
      const found = this.text.indexOf(']', this.position)
      this.#bracket = found === -1 ? Number.POSITIVE_INFINITY : found
      this.#searchedFrom = this.position
    }
    return this.#bracket
  }

  /** Moves over what the sticky pattern matches here. */
  match(sticky: RegExp): RegExpExecArray | undefined {
    sticky.lastIndex = this.position
    const match = sticky.exec(this.text)
    this.steps++
    if (!match) return undefined
    this.position += match[0].length
    this.steps += 1 + (match[0].length >> 4)
    return match
  }

  skipBlanks(): void {
    this.match(BLANKS)
  }

  /** Notes that `what` would have been right here. */
  expect(what: string): undefined {
    if (this.position < this.#furthest) return undefined
    if (this.position > this.#furthest) {
      this.#furthest = this.position
      this.#expected.clear()
    }
    this.#expected.add(what)
    return undefined
  }

  problem(): SyntaxProblem {
    const at = Math.max(this.#furthest, 0)
    const before = this.text.slice(0, at)
    const line = before.split('\n').length
    const column = at - before.lastIndexOf('\n')
    const next = this.text.slice(at, at + 10)
    const found = next === '' ? 'the end of the text' : `'${next}'`
    const expected = [...this.#expected].slice(0, 4).join(' or ')
    const message = `Line ${line}, column ${column}: expected ${expected || 'a template'}, found ${found}.`
    return { message, line, column }
  }
}

const BLANKS = /\s*/y
