import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Host } from './host.ts'
import {
  isRegistered,
  type LocalRunner,
  type LocalRunnerOptions,
  pointRunnerAt,
  registerRunner,
  superviseRunner,
} from './local-runner.ts'
import { pathTo } from './paths.ts'
import { Api, itemsOf } from './sample/api.ts'
import { configureSample, ROLE, type Sample } from './sample/configuration.ts'
import { awaitTarget, deploySample } from './sample/deployment.ts'

export interface FirstRunOptions {
  readonly host: Host
  readonly apiKey: string | undefined
  readonly sample: boolean
  readonly runner: boolean
  readonly say: (line: string) => void
  readonly complain: (line: string) => void
  /** The runner must end before the host does. */
  readonly onRunner: (runner: LocalRunner) => void
  readonly signal: AbortSignal
}

/** Starts the local runner, and at the very first start makes the sample and deploys it. Whether there is
 *  a sample is decided once: a later start never brings back one that was deleted or not wanted. */
export const startRunnerAndSample = async (options: FirstRunOptions): Promise<void> => {
  const { host, apiKey, say, signal } = options
  const marker = join(host.dataDir, 'sample.done')
  const decided = (await readFile(marker, 'utf8').catch(() => undefined)) !== undefined
  const api = apiKey === undefined ? undefined : new Api(host.localUrl, apiKey, signal)
  const sample =
    !decided && options.sample && api !== undefined
      ? await configureSample(api, host.dataDir)
      : undefined
  if (options.runner) await startRunner(options, api, sample)
  if (sample !== undefined && api !== undefined && options.runner) {
    say(`Deploying the sample; its page will stand in ${sample.folder}.`)
    await awaitTarget(api, sample)
    const state = await deploySample(api, say)
    say(`The sample's first deployment ended: ${state}.`)
  }
  if (!decided) await writeFile(marker, sample === undefined ? 'not wanted\n' : 'made\n')
}

const startRunner = async (
  { host, complain, onRunner }: FirstRunOptions,
  api: Api | undefined,
  sample: Sample | undefined,
): Promise<void> => {
  const runner: LocalRunnerOptions = {
    file: pathTo('.build', 'assets', 'runner.mjs'),
    home: host.runnerHome,
    dataDir: host.dataDir,
    log: complain,
  }
  if (isRegistered(runner.home)) await pointRunnerAt(runner.home, host.localUrl)
  else {
    if (api === undefined) {
      complain('The local runner needs an API key to register: give one with --admin-api-key.')
      return
    }
    const token = await enrolmentToken(api, sample?.environmentIds ?? [])
    await registerRunner(runner, { server: host.localUrl, token, name: 'local' })
  }
  onRunner(superviseRunner(runner))
}

/** The local runner serves the default worker pool, and is the sample's target when there is a sample. */
const enrolmentToken = async (api: Api, environmentIds: readonly string[]): Promise<string> => {
  const pools = itemsOf(await api.get('/workerpools?take=1000'))
  const answer = (await api.post('/runners/enrolment-tokens', {
    Name: 'local',
    EnvironmentIds: environmentIds,
    Roles: environmentIds.length > 0 ? [ROLE] : [],
    WorkerPoolIds: pools.filter(pool => pool.IsDefault === true).map(({ Id }) => Id),
    SharedWorker: true,
    ReplaceExisting: environmentIds.length > 0,
  })) as { Token?: unknown }
  if (typeof answer.Token !== 'string') throw new Error('Expected an enrolment token')
  return answer.Token
}
