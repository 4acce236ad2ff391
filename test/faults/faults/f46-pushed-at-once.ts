import { objectsIn } from '../../support/objects.ts'
import { zipOf } from '../../support/packages.ts'
import { ensure, type Fault } from '../fault.ts'
import type { World } from '../world/world.ts'

const AT_ONCE = 20

export const fault: Fault = {
  id: 'F46',
  title: 'one package pushed 20 times at once, with the same bytes and with others',
  by: 'client',
  isQuick: true,
  run: async context => {
    const world = await context.world({ runners: [] })
    const rounds = context.rounds(10, 2)
    for (let round = 0; round < rounds; round++) {
      const same = Array.from({ length: AT_ONCE }, () => zipOf({ 'index.html': 'the same' }))
      const others = Array.from({ length: AT_ONCE }, (_, at) => zipOf({ 'index.html': `${at}` }))
      const first = await pushAll(world, same, `Shop.Web.1.0.${round}.zip`)
      ensure(
        first.every(status => [200, 201, 409].includes(status)),
        `the same bytes were answered ${first}`,
      )
      ensure(first.filter(status => status === 201).length === 1, `the same bytes: ${first}`)
      const second = await pushAll(world, others, `Shop.Web.2.0.${round}.zip`)
      ensure(second.filter(status => status === 201).length === 1, `other bytes: ${second}`)
      ensure(
        second.every(status => status === 201 || status === 409),
        `other bytes were answered ${second}`,
      )
      const rows = await world.query(
        `SELECT count(*) AS many FROM packages WHERE version IN ('1.0.${round}', '2.0.${round}')`,
      )
      ensure(Number(rows[0].many) === 2, `${rows[0].many} packages are listed, not 2`)
      const over = await pushAll(world, others, `Shop.Web.2.0.${round}.zip`, 'OverwriteExisting')
      ensure(
        over.every(status => status === 200 || status === 201),
        `overwriting was answered ${over}`,
      )
    }
    context.figure('pushes', rounds * AT_ONCE * 3, 'pushes')
    context.figure('objects', (await objectsIn(world.server.data.path)).length, 'objects')
  },
}

const pushAll = (
  world: World,
  packages: Buffer[],
  name: string,
  overwriteMode = 'FailIfExists',
): Promise<number[]> =>
  Promise.all(
    packages.map(async bytes => {
      const form = new FormData()
      form.append('fileToUpload', new Blob([new Uint8Array(bytes)]), name)
      const path = `/api/Spaces-1/packages/raw?overwriteMode=${overwriteMode}`
      const response = await world.api.send('POST', path, { body: form })
      await response.body?.cancel()
      return response.status
    }),
  )
