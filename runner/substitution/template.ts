/** The tree of a `#{…}` template. Adjacent text is one token, so that equal texts have equal trees.
 *  @see https://octopus.com/docs/projects/variables/variable-substitutions */
export type Template = readonly Token[]

export type Token = Text | Substitution | Conditional | Repetition | Calculation

/** What stands for itself, escapes already resolved: `##{x}` is the text `#{x}`. */
export type Text = { kind: 'text'; text: string }

export type Substitution = { kind: 'substitution'; expression: Expression }

/** `if` and `unless`; an `elseif` is a conditional alone in `otherwise`. */
export type Conditional = {
  kind: 'conditional'
  unless: boolean
  condition: Condition
  body: Template
  otherwise: Template
}

/** Without a comparison the left side is asked for its truth. */
export type Condition = { left: Operand; comparison?: { equals: boolean; right: Operand } }

export type Operand = Expression | Quoted

export type Quoted = { kind: 'quoted'; text: string }

/** `#{each item in collection}…#{/each}` */
export type Repetition = {
  kind: 'repetition'
  item: string
  collection: SymbolPath
  body: Template
}

export type Calculation = { kind: 'calculation'; formula: Formula }

export type Formula =
  | { kind: 'number'; text: string }
  | { kind: 'variable'; symbol: SymbolPath; braced: boolean }
  | { kind: 'group'; formula: Formula }
  | { kind: 'operation'; operator: '+' | '-' | '*' | '/'; left: Formula; right: Formula }

export type Expression = SymbolPath | FilterCall

/** A path into the variables: `Octopus.Action[Deploy].Output.Url`. The first step is a name. */
export type SymbolPath = { kind: 'symbol'; steps: readonly Step[] }

export type Step =
  | { kind: 'name'; name: string }
  | { kind: 'index'; index: string }
  | { kind: 'computed-index'; symbol: SymbolPath }

/** `input | name option…`; a filter such as NowDate has no input. */
export type FilterCall = {
  kind: 'filter'
  name: string
  input: Expression | undefined
  options: readonly Token[]
}
