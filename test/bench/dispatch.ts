import { setTimeout as delay } from 'node:timers/promises'
import { type Figure, instants, median, percentile, script, startBench } from './harness.ts'

const TIMES = 30
/** What the deployment before still does after its end, such as sealing its log, is over by then. */
const PAUSE_MS = 500

/** From the API call until the first instruction of the first step runs, on an idle runner. */
export const run = async (): Promise<Figure[]> => {
  const bench = await startBench(1)
  try {
    const project = await bench.project('Dispatch', [script('Tell', 'echo "at $EPOCHREALTIME"')])
    await bench.deploy(project)
    const samples: number[] = []
    for (let index = 0; index < TIMES; index++) {
      await delay(PAUSE_MS)
      const { askedAt, log } = await bench.deploy(project)
      samples.push((instants(log)[0] ?? Number.NaN) - askedAt)
    }
    return [
      { name: 'dispatch p50', value: median(samples), unit: 'ms', samples },
      { name: 'dispatch p95', value: percentile(samples, 95), unit: 'ms' },
    ]
  } finally {
    await bench.stop()
  }
}
