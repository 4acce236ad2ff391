import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Api, apiClient } from '../../support/api.ts'
import { type Portal, signInto } from '../../support/portal.ts'
import { type Product, startProduct } from '../../support/product.ts'

const RUNNER = fileURLToPath(new URL('../../../.build/assets/runner.mjs', import.meta.url))

export const environments = '/infrastructure/environments'
export const targets = '/infrastructure/targets'
export const lifecycles = '/library/lifecycles'
export const packages = '/library/packages'

/** One product that the parts of the story share, each going on where the one before it ended. */
export type World = {
  product: Product
  portal: Portal
  api: Api
  environmentId: (name: string) => Promise<string>
  targetId: () => Promise<string>
  /** Registers a runner by its token and lets it run until the end. */
  startRunner: (token: string) => Promise<void>
  stop: () => Promise<void>
}

export const startWorld = async (): Promise<World> => {
  const product = await startProduct({ runner: true })
  const portal = await signInto(product)
  const homes: string[] = []
  const runners: ChildProcess[] = []
  const firstMatch = async (path: string, pattern: RegExp) =>
    pattern.exec((await portal.get(path)).html)?.[1] ?? ''
  return {
    product,
    portal,
    api: apiClient(product.url, product.apiKey),
    environmentId: name =>
      firstMatch(environments, new RegExp(`href="${environments}/([\\w-]+)">${name}<`)),
    targetId: () => firstMatch(targets, new RegExp(`href="${targets}/(?!new")([\\w-]+)"`)),
    startRunner: async token => {
      const home = await mkdtemp(join(tmpdir(), 'slipway-web-1-'))
      homes.push(home)
      const names = ['--server', product.url, '--token', token, '--home', home]
      const [code] = await once(runner('register', ...names), 'exit')
      if (code !== 0) throw new Error(`the runner's registration ended with ${code}`)
      runners.push(runner('run', '--home', home))
    },
    stop: async () => {
      for (const each of runners) {
        each.kill('SIGTERM')
        if (each.exitCode === null) await once(each, 'exit')
      }
      await product.stop()
      for (const home of homes) await rm(home, { recursive: true, force: true })
    },
  }
}

const runner = (...args: string[]): ChildProcess =>
  spawn(process.execPath, [RUNNER, ...args], { stdio: ['ignore', 'ignore', 'inherit'] })
