// npm run conformance -- FILE…: runs conformance files against the product and prints every case
// that fails; without a file, all files in this folder and in own.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ADAPTERS } from './adapters.ts'
import { parseSuite, runCase, type Suite } from './suite.ts'

const ownFiles = async (): Promise<string[]> => {
  const names = await readdir(import.meta.dirname, { recursive: true })
  return names.filter(name => name.endsWith('.json')).map(name => join(import.meta.dirname, name))
}

/** A file that cannot be read is one line and one failure, not the end of the others. */
const read = async (file: string): Promise<Suite> => {
  try {
    return parseSuite(await readFile(file, 'utf8'), file)
  } catch (error) {
    console.log(`${file} cannot be read: ${String(error)}`)
    failed++
    return { suite: '', cases: [] }
  }
}

let passed = 0
let failed = 0
const given = process.argv.slice(2)
for (const file of given.length > 0 ? given : await ownFiles()) {
  const { suite, cases } = await read(file)
  for (const testCase of cases) {
    const outcome = await runCase(testCase, ADAPTERS[suite] ?? ADAPTERS[testCase.area ?? ''])
    if (outcome.passed) {
      passed++
      continue
    }
    failed++
    console.log(`${outcome.id} (${suite}, ${testCase.topic}) failed`)
    console.log(`  expected ${JSON.stringify(outcome.expected)}`)
    console.log(`  got      ${JSON.stringify(outcome.got)}`)
  }
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0
