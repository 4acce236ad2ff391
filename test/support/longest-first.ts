import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** The files that take longest. One that began last would have all cores but its own wait for it. */
const LONGEST = [
  'test/system/simulation.test.ts',
  'test/system/portal-pages.test.ts',
  'test/system/disconnected-target.test.ts',
  'test/system/browser.test.ts',
  'test/faults/quick.system.test.ts',
  'test/system/portal.test.ts',
  'test/system/portal-questions.test.ts',
  'test/runner/runner.test.ts',
  'test/runner/hostile-output.test.ts',
  'test/runner/actions/target.test.ts',
  'test/worker/local/libsql/transactions.test.ts',
  'test/worker/deployments/gate.test.ts',
]

/** Vitest's own order goes by the durations of an earlier run; a fresh checkout has had none. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    return sorted.toSorted((a, b) => rank(a) - rank(b))
  }
}

const rank = ({ moduleId }: TestSpecification): number => {
  const at = LONGEST.findIndex(name => moduleId.endsWith(`/${name}`))
  return at === -1 ? LONGEST.length : at
}
