import { type Figure, instants, median, script, startBench } from './harness.ts'

const TIMES = 5

/** What each further trivial step costs, between the first instructions of neighbours. */
export const run = async (): Promise<Figure[]> => {
  const bench = await startBench(1)
  const figures: Figure[] = []
  try {
    for (const count of [1, 10, 50]) {
      const steps = Array.from({ length: count }, (_, index) =>
        script(`Step ${index + 1}`, 'echo "at $EPOCHREALTIME"'),
      )
      const project = await bench.project(`Steps ${count}`, steps)
      await bench.deploy(project)
      const whole: number[] = []
      const each: number[] = []
      for (let index = 0; index < TIMES; index++) {
        const { askedAt, endedAt, log } = await bench.deploy(project)
        whole.push(endedAt - askedAt)
        const at = instants(log)
        for (let step = 1; step < at.length; step++)
          each.push((at[step] ?? 0) - (at[step - 1] ?? 0))
      }
      figures.push({
        name: `deployment of ${count} steps`,
        value: median(whole),
        unit: 'ms',
        samples: whole,
      })
      if (count > 1)
        figures.push({ name: `each further step of ${count}`, value: median(each), unit: 'ms' })
    }
    return figures
  } finally {
    await bench.stop()
  }
}
