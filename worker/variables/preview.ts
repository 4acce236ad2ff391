import {
  evaluate,
  SubstitutionError,
  VariableDictionary,
} from '../../runner/substitution/evaluate.ts'
import type { Resolution } from './precedence.ts'

/** What a variable comes to somewhere. Nothing in it comes from a secret: where a value refers to
 *  one, at whatever depth, `isSensitive` is true and there are no texts. */
export type PreviewedVariable = Resolution & {
  isSensitive: boolean
  /** As written. */
  value: string | null
  /** With its expressions evaluated; null where that fails, and for secrets. */
  evaluated: string | null
  /** Why it could not be evaluated, or what it lacks: some values exist only while deploying. */
  problem: string | null
}

/** Steps that one preview may take to evaluate all its expressions, and the least that each of them
 *  gets; what takes more is shown as written. */
const ALL_STEPS = 2_000_000
const MIN_STEPS = 1_000
const MAX_STEPS = 100_000

/** Stands for every secret while evaluating, so that nothing else can come out. */
const HIDDEN = '********'

/**
 * Evaluates what was resolved for a place, for a person to look at.
 * @param all every resolution of the place: values refer to each other
 * @param shown the part of them that is asked for
 */
export const preview = (
  all: readonly Resolution[],
  shown: readonly Resolution[],
  now: number,
): PreviewedVariable[] => {
  const secrets = new Set(
    all.filter(({ winner }) => winner.isSensitive).map(({ name }) => name.toLowerCase()),
  )
  const dictionary = new VariableDictionary(
    all.map(({ name, winner }) => [name, winner.isSensitive ? HIDDEN : winner.value] as const),
  )
  const expressions = shown.filter(({ winner }) => winner.value?.includes('#{')).length
  const share = Math.floor(ALL_STEPS / Math.max(1, expressions))
  const maxSteps = Math.min(MAX_STEPS, Math.max(MIN_STEPS, share))
  return shown.map(resolution => ({
    ...resolution,
    ...evaluateOne(resolution, dictionary, secrets, { now, maxSteps }),
  }))
}

const evaluateOne = (
  { winner }: Resolution,
  dictionary: VariableDictionary,
  secrets: ReadonlySet<string>,
  options: { now: number; maxSteps: number },
) => {
  const { value } = winner
  if (winner.isSensitive) return SECRET
  const plain = { isSensitive: false, value, evaluated: value, problem: null }
  if (value === null || !value.includes('#{')) return plain
  try {
    const result = evaluate(value, dictionary, options)
    for (const name of result.used) if (secrets.has(name.toLowerCase())) return SECRET
    return { ...plain, evaluated: result.value, problem: result.problem?.message ?? null }
  } catch (error) {
    if (!(error instanceof SubstitutionError)) throw error
    // It stopped half-way; what is written stands there, and that is no secret.
    return { ...plain, evaluated: null, problem: error.message }
  }
}

const SECRET = { isSensitive: true, value: null, evaluated: null, problem: null }
