import {
  type Evaluation,
  evaluate,
  SubstitutionError,
  VariableDictionary,
} from '../../runner/substitution/evaluate.ts'
import { isBuiltIn } from './built-in.ts'
import type { Loser, Resolution, ScopedVariable } from './precedence.ts'

/** A value for a person to look at. Nothing in it comes from a secret: where a value refers to one,
 *  at whatever depth, `isSensitive` is true and there are no texts. */
export type Shown = {
  isSensitive: boolean
  /** As written. */
  value: string | null
  /** With its expressions evaluated; null where that fails, and for secrets. */
  evaluated: string | null
  /** Why it could not be evaluated, or what it lacks: some values exist only while deploying. */
  problem: string | null
}

export type ShownLoser = Loser & Shown

/** What a variable comes to somewhere, and why. */
export type PreviewedVariable = Resolution &
  Shown & {
    /** The others that apply, the nearest first, each with what put it behind. */
    behind: ShownLoser[]
    /** Those that do not apply here, each with why not. */
    elsewhere: ShownLoser[]
  }

/** Steps that one preview may take to evaluate all its expressions, and the least that each of them
 *  gets; what takes more is shown as written. */
const ALL_STEPS = 2_000_000
const MIN_STEPS = 1_000
const MAX_STEPS = 100_000

/** Stands for every secret while evaluating, so that nothing else can come out. */
const HIDDEN = '********'

/** What else is known where the preview is asked for: `Octopus.Environment.Name` and the like. */
export type Known = readonly (readonly [name: string, value: string])[]

type Asked = {
  /** Every resolution of the place: values refer to each other. */
  all: readonly Resolution[]
  /** The part of them that is asked for, with what stands behind and elsewhere. */
  shown: readonly (Resolution & { behind: readonly Loser[]; elsewhere: readonly Loser[] })[]
  known?: Known
  now: number
}

/** Evaluates what was resolved for a place, for a person to look at. */
export const preview = ({ all, shown, known = [], now }: Asked): PreviewedVariable[] => {
  const texts = shown.flatMap(({ winner, behind, elsewhere }) => [
    winner,
    ...[...behind, ...elsewhere].map(({ variable }) => variable),
  ])
  const expressions = texts.filter(({ value }) => value?.includes('#{')).length
  const share = Math.floor(ALL_STEPS / Math.max(1, expressions))
  const maxSteps = Math.min(MAX_STEPS, Math.max(MIN_STEPS, share))
  const show = viewer(all, known, { now, maxSteps })
  const withText = (loser: Loser): ShownLoser => ({ ...loser, ...show(loser.variable) })
  return shown.map(resolution => ({
    ...resolution,
    ...(isBuiltIn(resolution.name)
      ? { ...show(resolution.winner), problem: NEVER }
      : show(resolution.winner)),
    behind: resolution.behind.map(withText),
    elsewhere: resolution.elsewhere.map(withText),
  }))
}

const NEVER = 'The system itself gives this name its value; this one never holds.'

type Options = { now: number; maxSteps: number }

const viewer = (all: readonly Resolution[], known: Known, options: Options) => {
  const winners = all.filter(({ name }) => !isBuiltIn(name)).map(({ winner }) => winner)
  const secrets = new Set(
    winners.filter(({ isSensitive }) => isSensitive).map(({ name }) => name.toLowerCase()),
  )
  const dictionary = new VariableDictionary([
    ...winners.map(({ name, value, isSensitive }) => [name, isSensitive ? HIDDEN : value] as const),
    ...known,
  ])
  let roots: Map<string, ScopedVariable[]> | undefined
  const mayBeSecret = (text: string) => {
    roots ??= byRoot(winners)
    return reaches(text, roots)
  }
  return ({ value, isSensitive }: ScopedVariable): Shown => {
    if (isSensitive) return SECRET
    if (value === null || !value.includes('#{'))
      return { isSensitive: false, value, evaluated: value, problem: null }
    try {
      return read(value, evaluate(value, dictionary, options), secrets)
    } catch (error) {
      if (!(error instanceof SubstitutionError)) throw error
      // It stopped half-way, so that nobody knows what it would have looked at.
      if (mayBeSecret(value)) return SECRET
      return { isSensitive: false, value, evaluated: null, problem: error.message }
    }
  }
}

const read = (
  value: string,
  { used, ...result }: Evaluation,
  secrets: ReadonlySet<string>,
): Shown => {
  for (const name of used) if (secrets.has(name.toLowerCase())) return SECRET
  return {
    isSensitive: false,
    value,
    evaluated: result.value,
    problem: result.problem?.message ?? null,
  }
}

const SECRET: Shown = { isSensitive: true, value: null, evaluated: null, problem: null }

/** `Api` of `Api.Url` and of `Api[web].Url`. */
const rootOf = (name: string) => (name.split(/[.[]/, 1)[0] ?? '').trim().toLowerCase()

const byRoot = (variables: readonly ScopedVariable[]): Map<string, ScopedVariable[]> => {
  const roots = new Map<string, ScopedVariable[]>()
  for (const variable of variables) {
    const root = rootOf(variable.name)
    const known = roots.get(root)
    if (known) known.push(variable)
    else roots.set(root, [variable])
  }
  return roots
}

/** Whether a text could come to look at a secret, by the names that stand in it: rather too often
 *  yes than once too few. */
const reaches = (text: string, roots: ReadonlyMap<string, ScopedVariable[]>): boolean => {
  const seen = new Set<string>()
  const waiting = [text]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop())
    for (const piece of next.split(/[#{}|[\]"\s=!]+/)) {
      const root = rootOf(piece)
      if (root === '' || seen.has(root)) continue
      seen.add(root)
      for (const { isSensitive, value } of namedLike(root, roots)) {
        if (isSensitive) return true
        if (value?.includes('#{')) waiting.push(value)
      }
    }
  return false
}

/** Names may hold blanks, which the pieces of a text do not. */
const namedLike = (root: string, roots: ReadonlyMap<string, ScopedVariable[]>) => {
  const exact = roots.get(root) ?? []
  const spaced = [...roots].flatMap(([name, variables]) =>
    name.includes(' ') && name.split(/\s+/).includes(root) ? variables : [],
  )
  return [...exact, ...spaced]
}
