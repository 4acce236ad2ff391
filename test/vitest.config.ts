import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { LongestFirst } from './support/longest-first.ts'
import { hasLibsqlServer, storeTests } from './support/store-tests.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const SYSTEM = ['test/system/**/*.test.{ts,tsx}', 'test/**/*.system.test.ts']

/** Files of one process share what they import: to load the product anew for each took a third of their
 *  time. So a test leaves nothing behind in a module, in `process` or in a timer. */
const SHARED = { isolate: false, testTimeout: 30_000, hookTimeout: 60_000 }

/** `system` starts whole products, two files at a time: much of what they do is waiting, for a lease or for
 *  a page. `server-stores` is what of `unit` stands on a database, on libSQL's own server where there is one. */
export default defineConfig({
  root,
  resolve: {
    alias: { 'slipway:assets': `${root}test/support/asset-manifest.ts` },
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'hono/jsx' } },
  test: {
    // By itself it leaves one core to nobody.
    maxWorkers: availableParallelism(),
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.{ts,tsx}'],
          exclude: SYSTEM,
          ...SHARED,
        },
      },
      {
        extends: true,
        test: {
          name: 'system',
          include: SYSTEM,
          globalSetup: 'test/support/build-product.ts',
          maxWorkers: 2,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'server-stores',
          include: hasLibsqlServer() ? storeTests() : [],
          env: { SLIPWAY_TEST_DATABASE: 'server' },
          ...SHARED,
        },
      },
    ],
  },
})
