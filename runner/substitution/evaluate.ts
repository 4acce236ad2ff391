import { Budget, type Clock, DEFAULT_LIMITS, type Limits } from './budget.ts'
import { Evaluator } from './evaluator.ts'
import type { Filter } from './filters/filters.ts'
import { parseTemplate } from './parse.ts'
import { type Prepared, plainText, plainVariables, prepare } from './prepared.ts'
import type { Template } from './template.ts'
import type { VariableDictionary } from './variable-dictionary.ts'
import type { VariableNode } from './variable-tree.ts'

export { fileLimits } from './budget.ts'
export { SubstitutionError } from './errors.ts'
export { VariableDictionary } from './variable-dictionary.ts'

/** What came of a template. */
export type Evaluation = {
  /** The text, tokens that could not be evaluated still in it; `null` if the template asked for
   *  nothing at all (`#{ | null}`). */
  value: string | null
  /** Those tokens, each once, in order. */
  missing: readonly string[]
  /** Why the value is not to be relied on. Of a `syntax` problem the value is the template itself,
   *  and the message has line and column. */
  problem: { kind: 'missing' | 'syntax'; message: string } | undefined
  /** Names of the variables whose values were looked at, directly or by other variables. Whoever
   *  keeps a sensitive variable secret keeps what was made of it secret too. */
  used: ReadonlySet<string>
}

export type EvaluationOptions = Partial<Limits> & {
  /** `false` for files that were not written for us: broken stretches stay as text. */
  haltOnError?: boolean
  /** Epoch milliseconds for NowDate and NowDateUtc; the time of the call by default. */
  now?: number
  /** Further filters by lower-case name; built-in ones win. */
  filters?: ReadonlyMap<string, Filter>
  /** A clock that goes on while we compute, if there is one: the time that the steps stand for is a
   *  bound then as well. The dictionary's by default. */
  clock?: Clock
}

/** Evaluates a `#{…}` template. Deterministic but for the clock; never blocks, never reads anything.
 *  Throws `SubstitutionError` when variables refer to themselves or the bounds are passed: nesting
 *  of 32 variables, 1 MiB of output, 300,000 steps, unless the options allow more.
 *  @see https://octopus.com/docs/projects/variables/variable-substitutions */
export const evaluate = (
  template: string,
  dictionary: VariableDictionary,
  options: EvaluationOptions = {},
): Evaluation => {
  if (!template.includes('#{') && template.length <= DEFAULT_LIMITS.maxOutputLength)
    return { value: template, missing: NONE, problem: undefined, used: NOTHING_USED }
  const budget = new Budget(options, options.clock ?? dictionary.clock)
  const mode = options.haltOnError === false ? 'lenient' : 'strict'
  const tokens = parseTemplate(template, mode, budget)
  if ('message' in tokens) {
    const problem = { kind: 'syntax', message: tokens.message } as const
    return { value: template, missing: NONE, problem, used: NOTHING_USED }
  }
  return evaluatePrepared(prepare(tokens), dictionary, options, budget)
}

/** A template read once, to be evaluated any number of times. */
export type CompiledTemplate = (
  dictionary: VariableDictionary,
  options?: Omit<EvaluationOptions, 'haltOnError'>,
) => Evaluation

/** Reads a template now, so that evaluating it is all that is left to do; short ones need not be
 *  compiled, as `evaluate` keeps what it has read. */
export const compileTemplate = (
  template: string,
  { haltOnError = true }: Pick<EvaluationOptions, 'haltOnError'> = {},
): CompiledTemplate => {
  const tokens = parseTemplate(template, haltOnError ? 'strict' : 'lenient')
  if ('message' in tokens) return dictionary => evaluate(template, dictionary)
  const prepared = prepare(tokens)
  return (dictionary, options = {}) => {
    const budget = new Budget(options, options.clock ?? dictionary.clock)
    return evaluatePrepared(prepared, dictionary, options, budget)
  }
}

const evaluatePrepared = (
  prepared: Prepared,
  dictionary: VariableDictionary,
  options: EvaluationOptions,
  budget: Budget,
): Evaluation => {
  const root = dictionary.tree
  const value = plainText(prepared, root, budget)
  return value === undefined
    ? evaluateFully(prepared.template, root, options, budget)
    : new PlainEvaluation(value, prepared, root)
}

/** What came of text and plain values. Which variables they are is found out when somebody asks. */
class PlainEvaluation implements Evaluation {
  readonly value: string
  readonly missing = NONE
  readonly problem = undefined
  readonly #prepared: Prepared
  readonly #root: VariableNode

  constructor(value: string, prepared: Prepared, root: VariableNode) {
    this.value = value
    this.#prepared = prepared
    this.#root = root
  }

  get used(): ReadonlySet<string> {
    return plainVariables(this.#prepared, this.#root)
  }
}

const evaluateFully = (
  template: Template,
  root: VariableNode,
  { now = Date.now(), filters = NO_FILTERS }: EvaluationOptions,
  budget: Budget,
): Evaluation => {
  const evaluator = new Evaluator(root, budget, { now, filters })
  const value = evaluator.evaluate(template)
  const missing = evaluator.missing.all()
  if (missing.length === 0)
    return { value, missing, problem: undefined, used: evaluator.lookup.used }
  const names = missing.map(token => `'${token}'`).join(', ')
  const reasons = [...evaluator.reasons].map(reason => ` ${reason}`).join('')
  const message = `The following tokens were unable to be evaluated: ${names}${reasons === '' ? '' : `.${reasons}`}`
  return { value, missing, problem: { kind: 'missing', message }, used: evaluator.lookup.used }
}

const NONE: readonly string[] = []
const NOTHING_USED: ReadonlySet<string> = new Set()
const NO_FILTERS: ReadonlyMap<string, Filter> = new Map()
