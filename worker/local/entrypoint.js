import { WorkerEntrypoint } from 'cloudflare:workers'
import { FRONT_SECRET } from './front-secret.js'
import worker from './worker.js'

export * from './worker.js'

const refuse = () => new Response('This socket belongs to the front.', { status: 403 })

/** Miniflare opens a socket of its own; nothing of ours comes that way. */
export default { fetch: refuse }

/** Where the host's front comes in. Its socket is open to every user of this machine, so the front shows
 *  that it is the front; static files are answered before the Worker, as they are where it is hosted. */
export class LocalFront extends WorkerEntrypoint {
  async fetch(request) {
    if (request.headers.get('x-slipway-front') !== FRONT_SECRET) return refuse()
    const { pathname } = new URL(request.url)
    if (pathname.startsWith('/assets/') || pathname === '/runner.mjs') {
      return this.env.ASSETS.fetch(request)
    }
    if (pathname === '/internal/scheduled') {
      await worker.scheduled?.({ cron: '* * * * *', scheduledTime: Date.now() }, this.env, this.ctx)
      return new Response(null, { status: 204 })
    }
    return worker.fetch(request, this.env, this.ctx)
  }
}
