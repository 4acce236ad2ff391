import { taskEnd } from '../support/api.ts'
import { type Figure, percentile, preciseNow, script, startBench } from './harness.ts'

const DEPLOYMENTS = 100
const RUNNERS = 10

/** Many small deployments asked for at once, each of a project of its own, over ten targets: what a
 *  morning's pipelines do. */
export const run = async (): Promise<Figure[]> => {
  const bench = await startBench(RUNNERS)
  try {
    const projects = []
    for (let index = 0; index < DEPLOYMENTS; index++)
      projects.push(
        await bench.project(`Queue ${index}`, [
          script('Say so', 'echo done', [`bench-${(index % RUNNERS) + 1}`]),
        ]),
      )
    await bench.deploy(projects[0])
    const begunAt = preciseNow()
    const created = await Promise.all(
      projects.map(async project => {
        const askedAt = preciseNow()
        const { DeploymentServerTasks } = await bench.api.post(
          '/api/Spaces-1/deployments/create/untenanted/v1',
          {
            ProjectName: project.Name,
            ReleaseVersion: project.release.ReleaseVersion,
            EnvironmentNames: ['Bench'],
          },
        )
        return { id: DeploymentServerTasks[0].ServerTaskId as string, askedAt }
      }),
    )
    const createdAt = preciseNow()
    const ends = await Promise.all(
      created.map(async ({ id, askedAt }) => {
        const task = await taskEnd(bench.api, id, 120_000)
        if (task.State !== 'Success') throw new Error(`${id} ended ${task.State}`)
        return { askedAt, endedAt: Date.parse(task.CompletedTime) }
      }),
    )
    const lastAt = Math.max(...ends.map(({ endedAt }) => endedAt))
    const waits = ends.map(({ askedAt, endedAt }) => endedAt - askedAt)
    const seconds = (lastAt - begunAt) / 1000
    return [
      {
        name: `${DEPLOYMENTS} deployments over ${RUNNERS} targets, all done`,
        value: seconds,
        unit: 's',
      },
      { name: 'deployments per second', value: DEPLOYMENTS / seconds, unit: '/s' },
      { name: 'all of them accepted after', value: createdAt - begunAt, unit: 'ms' },
      {
        name: 'a deployment, asked for to its end, p50',
        value: percentile(waits, 50),
        unit: 'ms',
        samples: waits,
      },
      { name: 'a deployment, asked for to its end, p95', value: percentile(waits, 95), unit: 'ms' },
    ]
  } finally {
    await bench.stop()
  }
}
