import { rawLog, taskEnd } from '../support/api.ts'
import { type Figure, percentile, preciseNow, script, startBench } from './harness.ts'
import { megabytes, usageOf, watchMemory } from './resources.ts'

const DEPLOYMENTS = 50
const SECONDS = 10
const LINES_PER_SECOND = 400

/** A line each few milliseconds for ten seconds; numbered, so that a lost one shows. Nothing is forked
 *  for it: the machine is there for the server. */
const CHATTER = `
exec 9<> <(:)
end=$((SECONDS + ${SECONDS})); n=0
while ((SECONDS < end)); do
  for ((i = 0; i < ${LINES_PER_SECOND / 10}; i++)); do n=$((n + 1)); echo "line $n of a step that has much to say"; done
  read -rt 0.1 -u 9
done
echo "lines: $n"`

/** Fifty deployments at the same time, each writing to its log, with the API used beside it. */
export const run = async (): Promise<Figure[]> => {
  const bench = await startBench(DEPLOYMENTS)
  const host = bench.product.process.pid ?? 0
  const watch = watchMemory(host)
  try {
    const projects = []
    for (let index = 0; index < DEPLOYMENTS; index++)
      projects.push(
        await bench.project(`Concurrent ${index}`, [
          script('Chatter', CHATTER, [`bench-${index + 1}`]),
        ]),
      )
    const before = await usageOf(host)
    await watch.peak()
    const begunAt = preciseNow()
    const ids = await Promise.all(
      projects.map(async project => {
        const { DeploymentServerTasks } = await bench.api.post(
          '/api/Spaces-1/deployments/create/untenanted/v1',
          {
            ProjectName: project.Name,
            ReleaseVersion: project.release.ReleaseVersion,
            EnvironmentNames: ['Bench'],
          },
        )
        return DeploymentServerTasks[0].ServerTaskId as string
      }),
    )
    const reading = readBeside(bench.api.get)
    const tasks = await Promise.all(ids.map(id => taskEnd(bench.api, id, 180_000)))
    const reads = await reading.stop()
    const seconds = (preciseNow() - begunAt) / 1000
    const failed = tasks.filter(({ State }) => State !== 'Success')
    if (failed.length > 0) throw new Error(`${failed.length} of ${DEPLOYMENTS} did not succeed`)
    let lines = 0
    for (const id of ids) lines += checked(await rawLog(bench.api, id), id)
    const after = await usageOf(host)
    const peak = await watch.peak()
    return [
      {
        name: `${DEPLOYMENTS} deployments at once, each of ${SECONDS} s, all done`,
        value: seconds,
        unit: 's',
      },
      { name: 'log lines, all stored and in order', value: lines, unit: 'lines' },
      { name: 'log lines per second', value: lines / seconds, unit: '/s' },
      {
        name: 'an API read beside it, p50',
        value: percentile(reads, 50),
        unit: 'ms',
        samples: reads,
      },
      { name: 'an API read beside it, p99', value: percentile(reads, 99), unit: 'ms' },
      {
        name: 'processor time of the server',
        value: after.cpuSeconds - before.cpuSeconds,
        unit: 's',
      },
      { name: 'workerd at most', value: megabytes(peak.workerd ?? 0), unit: 'MiB' },
    ]
  } finally {
    watch.stop()
    await bench.stop()
  }
}

/** @throws Error when a line is missing or out of order */
const checked = (log: string, id: string): number => {
  const said = Number(/lines: (\d+)/.exec(log)?.[1])
  const found = [...log.matchAll(/line (\d+) of a step/g)].map(match => Number(match[1]))
  if (found.length !== said || found.some((number, index) => number !== index + 1))
    throw new Error(`${id}: ${found.length} of ${said} lines are in the log, in order or not`)
  return said
}

const readBeside = (get: (path: string) => Promise<unknown>) => {
  const samples: number[] = []
  let isOver = false
  const work = (async () => {
    while (!isOver) {
      const at = preciseNow()
      await get('/api/Spaces-1/tasks?take=30')
      samples.push(preciseNow() - at)
    }
  })()
  return {
    stop: async () => {
      isOver = true
      await work
      return samples
    },
  }
}
