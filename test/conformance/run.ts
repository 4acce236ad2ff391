// npm run conformance -- FILE…: runs conformance files against the product and prints every case
// that fails; without a file, all files in this folder and in own. Ends with 0 when all pass, with 1
// when a case fails, and with 2 when a file cannot be read or is of no suite that there is.
import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { ADAPTERS } from './adapters.ts'
import { firstDifference } from './difference.ts'
import { type Case, isEqual, parseSuite, runCase, type Suite } from './suite.ts'

type Count = { passed: number; failed: number }

const ownFiles = async (): Promise<string[]> => {
  const names = await readdir(import.meta.dirname, { recursive: true })
  return names.filter(name => name.endsWith('.json')).map(name => join(import.meta.dirname, name))
}

const adapterOf = (suite: string, testCase: Case) =>
  ADAPTERS[suite] ?? ADAPTERS[testCase.area ?? '']

/** Throws with what is wrong with the file. */
const read = async (file: string): Promise<Suite> => {
  const content = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    const reason = error.code === 'ENOENT' ? 'there is no such file' : error.message
    throw new Error(`${file}: expected a file of cases; ${reason}.`)
  })
  const suite = parseSuite(content, file)
  const isKnown = suite.cases.some(one => adapterOf(suite.suite, one) !== undefined)
  if (!isKnown || suite.cases.length === 0) {
    const found = suite.cases.length === 0 ? 'no cases' : `'${suite.suite}'`
    throw new Error(
      `${file}: expected cases of ${Object.keys(ADAPTERS).join(', ')}; found ${found}.`,
    )
  }
  return suite
}

const runFile = async ({ suite, cases }: Suite): Promise<Count> => {
  const count = { passed: 0, failed: 0 }
  for (const testCase of cases) {
    const { id, passed, expected, got } = await runCase(testCase, adapterOf(suite, testCase))
    count[passed ? 'passed' : 'failed']++
    if (passed) continue
    console.log(`${id} (${suite}, ${testCase.topic}) failed`)
    console.log(`  expected ${JSON.stringify(expected)}`)
    console.log(`  got      ${JSON.stringify(got)}`)
    if (!isEqual(expected, got)) console.log(`  first    ${firstDifference(expected, got)}`)
  }
  return count
}

const total: Count = { passed: 0, failed: 0 }
const given = process.argv.slice(2)
for (const file of given.length > 0 ? given : await ownFiles()) {
  try {
    const { passed, failed } = await runFile(await read(file))
    total.passed += passed
    total.failed += failed
    const name = relative(process.cwd(), file)
    console.log(`${name}: ${passed} passed${failed > 0 ? `, ${failed} failed` : ''}`)
  } catch (error) {
    console.log(error instanceof Error ? error.message : String(error))
    process.exitCode = 2
  }
}
console.log(`${total.passed} passed, ${total.failed} failed`)
if (total.failed > 0) process.exitCode ??= 1
