import { createHash, randomBytes } from 'node:crypto'
import { objectsIn } from '../../support/objects.ts'
import { zipOf } from '../../support/packages.ts'
import { type Context, ensure, type Fault } from '../fault.ts'
import type { World } from '../world/world.ts'

const S = '/api/Spaces-1'

export const fault: Fault = {
  id: 'F44',
  title: 'package cut off half-way on its way into the store, and one with a wrong digest',
  by: 'proxy, store',
  isQuick: true,
  run: async context => {
    const world = await context.world()
    await world.end(await world.run('say'))
    const before = (await objectsIn(world.server.data.path)).length
    world.harm()
    await cutOnTheWay(context, world)
    await storeFails(world)
    world.harmEnds()
    await wrongDigest(world)
    const rows = await world.query('SELECT count(*) AS many FROM packages')
    ensure(Number(rows[0].many) === 0, `${rows[0].many} packages are listed`)
    const left = (await objectsIn(world.server.data.path)).length - before
    context.figure('objects left behind', left, 'objects')
    ensure(left === 0, `${left} objects were left in the store`)
    const good = await push(world.server.url, world, zip('1.0.9'), 'Shop.Web.1.0.9.zip')
    ensure(good.status === 201, `a whole one is answered ${good.status}`)
  },
}

const zip = (content: string) => zipOf({ 'index.html': content, 'noise.bin': randomBytes(600_000) })

const push = async (url: string, world: World, bytes: Buffer, name: string): Promise<Response> => {
  const form = new FormData()
  form.append('fileToUpload', new Blob([new Uint8Array(bytes)]), name)
  return fetch(`${url}${S}/packages/raw`, {
    method: 'POST',
    headers: { 'x-octopus-apikey': world.server.apiKey },
    body: form,
  })
}

const cutOnTheWay = async (context: Context, world: World): Promise<void> => {
  for (let cut = 0; cut < context.rounds(10, 3); cut++) {
    world.link.rule = ({ body }) => ({
      type: 'cut',
      bytes: Math.floor(body.length * context.random()),
    })
    const outcome = await push(
      world.link.url,
      world,
      zip(`${cut}`),
      `Shop.Web.1.0.${cut}.zip`,
    ).then(
      ({ status }) => status,
      () => 'broken',
    )
    ensure(outcome === 'broken', `a cut one was answered ${outcome}`)
    world.link.heal()
  }
}

const storeFails = async (world: World): Promise<void> => {
  world.server.onPoint = ({ point, when }) =>
    point === 'store.put' && when === 'before' ? { error: 'the store is out of order' } : {}
  const answer = await push(world.server.url, world, zip('x'), 'Shop.Web.1.0.7.zip')
  world.server.onPoint = undefined
  ensure(answer.status === 503 || answer.status === 500, `answered ${answer.status}`)
}

const wrongDigest = async (world: World): Promise<void> => {
  const bytes = zip('wrong')
  const upload = await world.api.post(`${S}/packages/uploads`, {
    FileName: 'Shop.Web.1.0.8.zip',
    SizeBytes: bytes.length,
    Sha256: createHash('sha256').update('something else').digest('hex'),
  })
  const part = await world.api.send('PUT', `${S}/packages/uploads/${upload.Id}/parts/1`, {
    body: new Uint8Array(bytes),
  })
  ensure(part.ok, `a part was answered ${part.status}`)
  const complete = await world.api.send('POST', `${S}/packages/uploads/${upload.Id}/complete`)
  ensure(
    complete.status >= 400 && complete.status < 500,
    `a wrong digest was answered ${complete.status}`,
  )
  await world.api.send('DELETE', `${S}/packages/uploads/${upload.Id}`)
}
