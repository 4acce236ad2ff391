import { tmpdir } from 'node:os'
import { apiClient } from '../support/api.ts'
import { enrolFleet, type LightRunner, type Wire } from '../support/light-runner.ts'
import { startProduct } from '../support/product.ts'
import { type Figure, percentile } from './harness.ts'
import { megabytes, type Usage, usageOf } from './resources.ts'

const RUNNERS = 500
const IDLE_MS = 60_000

/** A fleet that has nothing to do: what it costs the server, and how soon all are back after the
 *  server was killed. The runners are the real core and connections, without a process each. */
export const run = async (): Promise<Figure[]> => {
  const first = await startProduct({ sample: false, runner: false })
  const wires: Wire[] = []
  let product = first
  const api = apiClient(first.url, first.apiKey)
  const environment = await api.post('/api/Spaces-1/environments', { Name: 'Bench' })
  const bare = await settled(first.process.pid ?? 0)
  const runners = await enrolFleet(api, {
    count: RUNNERS,
    environmentId: environment.Id,
    root: tmpdir(),
    observe: wire => wires.push(wire),
  })
  try {
    const startedAt = Date.now()
    for (const runner of runners) runner.start()
    const connectMs = Math.max(...(await allBack(runners, startedAt))) - startedAt
    const before = await settled(first.process.pid ?? 0)
    const quietFrom = Date.now()
    await pause(IDLE_MS)
    const after = await usageOf(first.process.pid ?? 0)
    const idleMessages = wires.filter(({ at }) => at >= quietFrom).length

    await first.kill()
    const killedAt = Date.now()
    product = await startProduct({
      sample: false,
      runner: false,
      dataDir: first.dataDir,
      port: Number(new URL(first.url).port),
    })
    const readyAt = Date.now()
    const back = await allBack(runners, killedAt)
    const seconds = perSecond(wires.filter(({ at }) => at >= readyAt))
    return [
      { name: `${RUNNERS} runners connect`, value: connectMs / 1000, unit: 's' },
      {
        name: 'idle for a minute: processor time of the server',
        value: after.cpuSeconds - before.cpuSeconds,
        unit: 's',
      },
      { name: 'idle for a minute: messages', value: idleMessages, unit: '' },
      {
        name: 'memory of workerd, without / with them',
        value: megabytes(after.rssBytes.workerd ?? 0),
        unit: 'MiB',
        samples: [bare, before, after].map(({ rssBytes }) => megabytes(rssBytes.workerd ?? 0)),
      },
      {
        name: 'memory of the host',
        value: megabytes(hostOf(after)),
        unit: 'MiB',
        samples: [bare, before, after].map(usage => megabytes(hostOf(usage))),
      },
      { name: 'server back after kill -9', value: (readyAt - killedAt) / 1000, unit: 's' },
      {
        name: 'all runners back, from then',
        value: (Math.max(...back) - readyAt) / 1000,
        unit: 's',
        samples: back.map(at => (at - readyAt) / 1000),
      },
      { name: 'half of them back', value: (percentile(back, 50) - readyAt) / 1000, unit: 's' },
      {
        name: 'most messages in a second',
        value: Math.max(...seconds),
        unit: '/s',
        samples: seconds,
      },
    ]
  } finally {
    for (const runner of runners) runner.stop()
    await product.stop()
  }
}

const pause = (ms: number) => new Promise(resolve => setTimeout(resolve, ms))

/** After what came before has been tidied up. */
const settled = async (pid: number): Promise<Usage> => {
  await pause(3_000)
  return usageOf(pid)
}

const hostOf = ({ rssBytes }: Usage): number =>
  Object.entries(rssBytes).reduce((sum, [name, bytes]) => sum + (name === 'workerd' ? 0 : bytes), 0)

/** A poll that is refused or lost is over sooner, in milliseconds. */
const HELD_MS = 1_000

/** When each runner had a poll that the server holds. */
const allBack = async (runners: LightRunner[], since: number): Promise<number[]> => {
  const deadline = Date.now() + 120_000
  for (;;) {
    const held = runners.flatMap(({ pollingSince: at }) =>
      at !== undefined && at >= since && Date.now() - at >= HELD_MS ? [at] : [],
    )
    if (held.length === runners.length) return held
    if (Date.now() > deadline) throw new Error(`only ${held.length} of ${runners.length} came back`)
    await pause(50)
  }
}

const perSecond = (wires: Wire[]): number[] => {
  const counts = new Map<number, number>()
  for (const { at, message } of wires) {
    if (message === 'session-opened') continue
    const second = Math.floor(at / 1000)
    counts.set(second, (counts.get(second) ?? 0) + 1)
  }
  return [...counts.values()]
}
