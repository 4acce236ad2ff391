/** One case of a conformance file; the keys of its input differ by topic. */
export type Case = {
  id: string
  /** What kind of case it is, in a file that is named otherwise. */
  area?: string
  topic: string
  expected: unknown
  note?: string
  [input: string]: unknown
}

export type Suite = { suite: string; cases: Case[] }

/** Runs one case against the product and answers in the words of `expected`. */
export type Adapter = (testCase: Case) => unknown

export type Outcome = { id: string; passed: boolean; expected: unknown; got: unknown }

/** Reads a conformance file; throws with the reason when it has another form. */
export const parseSuite = (text: string, file: string): Suite => {
  const content = readJson(text, file)
  const { suite, cases } = (content ?? {}) as { suite?: unknown; cases?: unknown }
  if (typeof suite !== 'string' || !Array.isArray(cases)) {
    throw new Error(`${file}: expected {"suite": …, "cases": […]}.`)
  }
  for (const [index, one] of cases.entries()) {
    const { id, expected } = (one ?? {}) as Partial<Case>
    if (typeof id !== 'string' || expected === undefined)
      throw new Error(`${file}: case ${index + 1} needs an "id" and what is "expected".`)
  }
  return { suite, cases: cases as Case[] }
}

const readJson = (text: string, file: string): unknown => {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''))
  } catch (error) {
    throw new Error(`${file}: expected JSON. ${error instanceof Error ? error.message : error}`)
  }
}

/** Keys of objects may come in any order; lists may not. */
export const isEqual = (left: unknown, right: unknown): boolean => {
  if (Object.is(left, right)) return true
  if (typeof left !== 'object' || typeof right !== 'object' || !left || !right) return false
  if (Array.isArray(left) !== Array.isArray(right)) return false
  const keys = new Set([...Object.keys(left), ...Object.keys(right)])
  return [...keys].every(key =>
    isEqual((left as Record<string, unknown>)[key], (right as Record<string, unknown>)[key]),
  )
}

/** What the adapter makes of a case; an exception counts as an answer, which is then wrong. */
export const runCase = async (testCase: Case, adapter: Adapter | undefined): Promise<Outcome> => {
  const { id, expected } = testCase
  if (!adapter) return { id, passed: false, expected, got: 'no adapter for this suite' }
  try {
    const got = await adapter(testCase)
    return { id, passed: isEqual(got, expected), expected, got }
  } catch (error) {
    return { id, passed: false, expected, got: `threw ${String(error)}` }
  }
}
