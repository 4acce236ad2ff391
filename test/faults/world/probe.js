// The Worker of the test build: the product's own, between a clock, an object store and a switch
// that the suite can reach. Nothing of this is in the product.
import worker, { Deployment as PlainDeployment, Hub as PlainHub } from '../../../worker/main.ts'

const realNow = Date.now
let offsetMs = 0
Date.now = () => realNow() + offsetMs

/** Asks the suite, through the database's binding, what shall become of this. */
const asked = async (env, point, more) => {
  const response = await env.DATABASE.fetch('http://database/__faults/point', {
    method: 'POST',
    body: JSON.stringify({ point, ...more }),
  })
  return response.json()
}

const faultyStore = env => {
  const guarded =
    name =>
    async (...args) => {
      const key = typeof args[0] === 'string' ? args[0] : ''
      const before = await asked(env, `store.${name}`, { key, when: 'before' })
      if (before.error) throw new Error(`${name}: ${before.error} (10001)`)
      const result = await env.STORE[name](...args)
      const after = await asked(env, `store.${name}`, { key, when: 'after' })
      if (after.error) throw new Error(`${name}: ${after.error} (10001)`)
      return result
    }
  return {
    get: guarded('get'),
    head: guarded('head'),
    put: guarded('put'),
    delete: guarded('delete'),
    list: guarded('list'),
    createMultipartUpload: guarded('createMultipartUpload'),
    resumeMultipartUpload: (...args) => env.STORE.resumeMultipartUpload(...args),
  }
}

const faulty = env => ({ ...env, STORE: faultyStore(env) })

/** An alarm is set in the machine's own time, whatever the shifted clock says. */
const alarmsInRealTime = ctx => {
  const { storage } = ctx
  const set = storage.setAlarm.bind(storage)
  const get = storage.getAlarm.bind(storage)
  storage.setAlarm = at => set(Number(at) - offsetMs)
  storage.getAlarm = async () => {
    const at = await get()
    return at === null ? null : at + offsetMs
  }
  return ctx
}

export class Deployment extends PlainDeployment {
  constructor(ctx, env) {
    super(alarmsInRealTime(ctx), faulty(env))
  }
  abortForFaults() {
    this.ctx.abort('put away by the fault suite')
  }
}

export class Hub extends PlainHub {
  constructor(ctx, env) {
    super(alarmsInRealTime(ctx), faulty(env))
  }
  abortForFaults() {
    this.ctx.abort('put away by the fault suite')
  }
}

const command = async (request, env) => {
  if (request.headers.get('x-slipway-internal') !== env.INTERNAL_SECRET)
    return new Response('no', { status: 404 })
  const { searchParams, pathname } = new URL(request.url)
  if (pathname === '/__faults/clock') {
    offsetMs = Number(searchParams.get('offsetMs'))
    return Response.json({ now: Date.now() })
  }
  const kind = searchParams.get('kind') === 'hub' ? env.HUB : env.DEPLOYMENT
  await kind
    .get(kind.idFromName(searchParams.get('name')))
    .abortForFaults()
    .catch(() => undefined)
  return Response.json({ aborted: true })
}

export default {
  fetch: (request, env, execution) =>
    new URL(request.url).pathname.startsWith('/__faults/')
      ? command(request, env)
      : worker.fetch(request, faulty(env), execution),
  scheduled: (event, env, execution) => worker.scheduled(event, faulty(env), execution),
}
