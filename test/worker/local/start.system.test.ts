import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findMarked } from '../../../worker/local/processes.ts'
import { type Product, type ProductOptions, startProduct } from '../../support/product.ts'

const START = fileURLToPath(new URL('../../../worker/local/start.mjs', import.meta.url))
let dataDir: string
let running: Product[]

beforeEach(async () => {
  dataDir = await realpath(await mkdtemp(join(tmpdir(), 'slipway-start-')))
  running = []
})
afterEach(async () => {
  for (const product of running) if (product.process.exitCode === null) await product.stop()
  await rm(dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
})

const start = async (options: ProductOptions = {}): Promise<Product> => {
  const product = await startProduct({ dataDir, ...options })
  running.push(product)
  return product
}

const ask = ({ url, apiKey }: Product, path: string) =>
  fetch(url + path, { headers: { 'X-Octopus-ApiKey': apiKey } })

const runners = async () =>
  (await findMarked('SLIPWAY_RUNNER_OF', dataDir)).filter(({ command }) =>
    command.some(part => part.endsWith('runner.mjs')),
  )

describe('npm start', () => {
  it('prints the portal with a one-time link, an API key that works, and Ready at the end', async () => {
    const product = await start()
    const lines = product.output().trim().split('\n')
    expect(lines).toEqual([
      expect.stringMatching(/^Portal: http:\/\/127\.0\.0\.1:\d+\/sign-in\/[\w-]{20,}$/),
      expect.stringMatching(/^API key: API-[A-Z0-9]+$/),
      'Ready',
    ])
    const me = await ask(product, '/api/users/me')
    expect([me.status, ((await me.json()) as { Username: string }).Username]).toEqual([
      200,
      'admin',
    ])
    expect((await ask({ ...product, apiKey: 'API-WRONG' }, '/api/users/me')).status).toBe(401)
  })

  it('goes on with the same key at the second start, with a new link', async () => {
    const first = await start()
    await first.stop()
    const second = await start()
    expect(second.apiKey).toBe(first.apiKey)
    expect(new URL(second.signInUrl).pathname).not.toBe(new URL(first.signInUrl).pathname)
    expect((await ask(second, '/api/users/me')).status).toBe(200)
  })

  it('takes the key it is given, also at a later start', async () => {
    const first = await start({ adminApiKey: 'API-FIRST1' })
    expect((await ask(first, '/api/users/me')).status).toBe(200)
    await first.stop()
    const second = await start({ env: { SLIPWAY_ADMIN_API_KEY: 'API-SECOND2' } })
    expect(second.apiKey).toBe('API-SECOND2')
    expect((await ask(second, '/api/users/me')).status).toBe(200)
  })

  it.each([
    {
      args: ['--port', 'http'],
      says: 'Expected --port to be a number from 0 to 65535, found "http".\n',
    },
    { args: ['--wrong'], says: "Unknown option '--wrong'. See npm start -- --help.\n" },
    {
      args: ['--data', '/dev/null'],
      says: /^The data directory \/dev\/null cannot be used: .* Choose another with --data\.\n$/,
    },
  ])('ends with one line at $args', async ({ args, says }) => {
    const child = spawn(process.execPath, [START, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    let errors = ''
    child.stderr.on('data', chunk => {
      errors += chunk
    })
    const [code] = await once(child, 'close')
    expect(code).toBe(1)
    expect(errors).toMatch(says)
  })

  it('makes the sample, shows its deployment, and has put the page in place', async () => {
    const product = await start({ sample: true, runner: true })
    const said = product.output()
    for (const line of [
      'Welcome to the storefront, developer',
      '    "Address": "https://catalogue.development.example",',
      "The sample's first deployment ended: Success.",
    ]) {
      expect(said).toContain(line)
    }
    expect(said).not.toContain('sesame-8c1f')
    expect(said.trim().endsWith('\nReady')).toBe(true)
    const page = await readFile(join(dataDir, 'sample', 'Development', 'index.html'), 'utf8')
    expect(page).toContain('<h1>Welcome to the storefront, developer</h1>')
    expect(page).toContain('Release 1.0.0, deployed to Development.')

    await product.stop()
    expect(await runners()).toEqual([])
    const again = await start({ sample: true, runner: true })
    expect(again.output()).not.toContain('Deploying the sample')
  })

  it('starts the local runner again when that is killed, and takes it away on stopping', async () => {
    const product = await start({ runner: true })
    const [first] = (await runners()).filter(({ command }) => command.includes('run'))
    process.kill(first?.pid ?? 0, 'SIGKILL')
    await expect
      .poll(
        async () =>
          (await runners()).filter(
            ({ pid, command }) => command.includes('run') && pid !== first?.pid,
          ).length,
        { timeout: 10_000 },
      )
      .toBe(1)
    await product.stop()
    expect(await runners()).toEqual([])
  })

  it('takes over from a host that was killed', async () => {
    const first = await start({ runner: true })
    await first.kill()
    const left = (await runners()).filter(({ command }) => command.includes('run'))
    const second = await start({ runner: true })
    const pids = (await runners()).map(({ pid }) => pid)
    for (const { pid } of left) expect(pids).not.toContain(pid)
    expect((await ask(second, '/api/users/me')).status).toBe(200)
    expect(existsSync(join(dataDir, 'master.key'))).toBe(true)
  })
})
