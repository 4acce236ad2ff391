import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { hasLibsqlServer, storeTests } from './support/store-tests.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const SYSTEM = ['test/system/**/*.test.{ts,tsx}', 'test/**/*.system.test.ts']

/** `unit` runs side by side; `system` starts whole products and runs one file at a time;
 *  `server-stores` is what of `unit` stands on a database, on libSQL's own server where there is one. */
export default defineConfig({
  root,
  resolve: {
    alias: { 'slipway:assets': `${root}test/support/asset-manifest.ts` },
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'hono/jsx' } },
  test: {
    // By itself it leaves one core to nobody.
    maxWorkers: availableParallelism(),
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.{ts,tsx}'],
          exclude: SYSTEM,
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'system',
          include: SYSTEM,
          fileParallelism: false,
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
          testTimeout: 30_000,
        },
      },
    ],
  },
})
