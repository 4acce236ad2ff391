import { randomBytes } from 'node:crypto'
import { zipSync } from 'fflate'
import { type Figure, median, startBench } from './harness.ts'

const TIMES = 5
const MEGABYTE = 1_048_576

/** A package of 1 MB that does not compress, deployed to 1 and to 10 targets; the bytes come anew
 *  each time, so that no target has them already. */
export const run = async (): Promise<Figure[]> => {
  const figures: Figure[] = []
  for (const targets of [1, 10]) {
    const bench = await startBench(targets)
    try {
      const samples: number[] = []
      for (let index = 0; index <= TIMES; index++) {
        const id = `Bench${targets}x${index}`
        await bench.api.upload(
          `${id}.1.0.0.zip`,
          zipSync({ 'payload.bin': [randomBytes(MEGABYTE), { level: 0 }] }),
        )
        const project = await bench.project(`Fan-out ${targets} ${index}`, [
          {
            name: 'Install',
            actionType: 'Octopus.TentaclePackage',
            tags: ['bench'],
            packageId: id,
            properties: {
              'Octopus.Action.Package.PackageId': id,
              'Octopus.Action.Package.FeedId': 'feeds-builtin',
            },
          },
        ])
        const { askedAt, endedAt } = await bench.deploy(project)
        if (index > 0) samples.push(endedAt - askedAt)
      }
      const name = `1 MB package to ${targets} ${targets === 1 ? 'target' : 'targets'}`
      figures.push({ name, value: median(samples), unit: 'ms', samples })
    } finally {
      await bench.stop()
    }
  }
  return figures
}
