import { argumentNames } from '../../runner/substitution/argument-names.ts'
import {
  type Evaluation,
  evaluate,
  SubstitutionError,
  VariableDictionary,
} from '../../runner/substitution/evaluate.ts'
import type { Adapter, Case } from './suite.ts'

const outcome = ({ value, missing, problem }: Evaluation) => ({
  value,
  problem: problem?.kind ?? 'none',
  ...(missing.length > 0 && { missing: [...missing] }),
})

const getEvaluated = (dictionary: VariableDictionary, testCase: Case) => {
  const raw = dictionary.getRaw(testCase.name as string)
  if (raw === null) return { value: testCase.default ?? null, problem: 'none' }
  return outcome(evaluate(raw, dictionary))
}

const operations: Record<string, (dictionary: VariableDictionary, testCase: Case) => unknown> = {
  evaluate: (dictionary, testCase) =>
    outcome(
      evaluate(testCase.template as string, dictionary, {
        haltOnError: testCase.haltOnError !== false,
      }),
    ),
  get: getEvaluated,
  getRaw: (dictionary, testCase) => ({ value: dictionary.getRaw(testCase.name as string) }),
  getFlag: (dictionary, testCase) => ({
    value: dictionary.getFlag(testCase.name as string, testCase.default as boolean | undefined),
  }),
  getInt32: (dictionary, testCase) => ({
    value: dictionary.getInt32(testCase.name as string) ?? testCase.default ?? null,
  }),
  getStrings: (dictionary, testCase) => ({
    value: dictionary.getStrings(
      testCase.name as string,
      testCase.separators as string | undefined,
    ),
  }),
  getPaths: (dictionary, testCase) => ({ value: dictionary.getPaths(testCase.name as string) }),
  getIndexes: (dictionary, testCase) => ({
    value: dictionary.getIndexes(testCase.name as string),
  }),
  truthy: (dictionary, testCase) => ({
    value: dictionary.isTruthy(testCase.template as string),
  }),
  arguments: (_, testCase) => ({
    value: argumentNames(testCase.template as string).toSorted(),
  }),
}

/** Everything a set of variables can be asked. */
export const octostache: Adapter = testCase => {
  const variables = (testCase.variables ?? {}) as Record<string, string | null>
  const operation = operations[testCase.operation as string]
  if (!operation) throw new Error(`unknown operation ${testCase.operation}`)
  try {
    const got = operation(new VariableDictionary(variables), testCase)
    const expected = testCase.expected as { value?: unknown }
    // Argument names are a set.
    return testCase.operation === 'arguments' && Array.isArray(expected.value)
      ? sortedLike(got as { value: string[] }, expected.value)
      : got
  } catch (error) {
    if (!(error instanceof SubstitutionError) || error.kind !== 'recursion') throw error
    return { fails: 'recursion', chain: [...error.chain] }
  }
}

const sortedLike = (got: { value: string[] }, expected: string[]) =>
  got.value.toSorted().join('\n') === expected.toSorted().join('\n') ? { value: expected } : got
