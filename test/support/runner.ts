import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Api } from './api.ts'

const RUNNER = fileURLToPath(new URL('../../.build/assets/runner.mjs', import.meta.url))

export type RunnerProcess = {
  name: string
  home: string
  process: ChildProcess
  stop: () => Promise<void>
}

type Wanted = { name: string; environmentIds: string[]; tags: string[]; poolIds?: string[] }

/** A runner that is known to the server but has never been started; answers its home. */
export const enrolRunner = async (api: Api, wanted: Wanted): Promise<string> => {
  const { name } = wanted
  const home = await mkdtemp(join(tmpdir(), `slipway-${name}-`))
  const { Token } = await api.post('/api/Spaces-1/runners/enrolment-tokens', {
    Name: name,
    EnvironmentIds: wanted.environmentIds,
    Roles: wanted.tags,
    WorkerPoolIds: wanted.poolIds ?? [],
  })
  const names = ['--token', Token, '--home', home, '--name', name]
  await finished(node(['register', '--server', api.url, ...names]))
  return home
}

/** A real runner: enrolled by a single-use token, then running until it is stopped. */
export const startRunner = async (api: Api, wanted: Wanted): Promise<RunnerProcess> => {
  const home = await enrolRunner(api, wanted)
  const child = node(['run', '--home', home])
  await online(api, wanted.name)
  return {
    name: wanted.name,
    home,
    process: child,
    stop: async () => {
      if (child.exitCode === null && child.signalCode === null) {
        const gone = new Promise(resolve => child.once('exit', resolve))
        child.kill('SIGTERM')
        await gone
      }
      await rm(home, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
    },
  }
}

const node = (args: string[]): ChildProcess =>
  spawn(process.execPath, [RUNNER, ...args], { stdio: ['ignore', 'ignore', 'inherit'] })

const finished = (child: ChildProcess) =>
  new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', code =>
      code === 0 ? resolve() : reject(new Error(`the runner's registration ended with ${code}`)),
    )
  })

const online = async (api: Api, name: string): Promise<void> => {
  const deadline = Date.now() + 20_000
  for (;;) {
    const { Items } = await api.get(`/api/Spaces-1/machines?name=${encodeURIComponent(name)}`)
    if (Items[0]?.HealthStatus === 'Healthy') return
    if (Date.now() > deadline)
      throw new Error(`${name} did not come online: ${JSON.stringify(Items[0])}`)
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}
