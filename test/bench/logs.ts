import { type Figure, instants, median, preciseNow, script, startBench } from './harness.ts'

const TIMES = 3

/** Lines from a script to the stored log, and how soon the first one can be seen. */
export const run = async (): Promise<Figure[]> => {
  const bench = await startBench(1)
  const figures: Figure[] = []
  try {
    for (const lines of [10_000, 100_000]) {
      const body = `echo "at $EPOCHREALTIME"\nseq -f 'line %.0f of a log that is about as long as lines of logs are wont to be' 1 ${lines}`
      const project = await bench.project(`Log ${lines}`, [script('Print', body)])
      await bench.deploy(project)
      const rates: number[] = []
      for (let index = 0; index < TIMES; index++) {
        const { endedAt, log } = await bench.deploy(project)
        const stored = log.match(/line \d+ of a log/g)?.length ?? 0
        if (stored !== lines) throw new Error(`${stored} of ${lines} lines were stored`)
        rates.push(lines / ((endedAt - (instants(log)[0] ?? 0)) / 1000))
      }
      figures.push({
        name: `log of ${lines} lines`,
        value: median(rates),
        unit: 'lines/s',
        samples: rates,
      })
    }
    figures.push(await firstLine(bench))
    return figures
  } finally {
    await bench.stop()
  }
}

/** From the API call until a watching page has the first line of the script. */
const firstLine = async (bench: Awaited<ReturnType<typeof startBench>>): Promise<Figure> => {
  const project = await bench.project('Watched', [script('Speak', 'echo "hello watcher"; sleep 1')])
  const samples: number[] = []
  for (let index = 0; index < 5; index++) {
    const askedAt = preciseNow()
    const { DeploymentServerTasks } = await bench.api.post(
      '/api/Spaces-1/deployments/create/untenanted/v1',
      {
        ProjectName: 'Watched',
        ReleaseVersion: project.release.ReleaseVersion,
        EnvironmentNames: ['Bench'],
      },
    )
    const { DeploymentId, ServerTaskId } = DeploymentServerTasks[0]
    const response = await bench.api.send('GET', `/deployments/${DeploymentId}/events`)
    const decoder = new TextDecoder()
    let seen = ''
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      seen += decoder.decode(chunk, { stream: true })
      if (seen.includes('hello watcher')) break
    }
    samples.push(preciseNow() - askedAt)
    while (!(await bench.api.get(`/api/tasks/${ServerTaskId}`)).IsCompleted)
      await new Promise(resolve => setTimeout(resolve, 50))
  }
  return { name: 'first line visible', value: median(samples), unit: 'ms', samples }
}
