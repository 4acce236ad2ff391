import { startHost } from '../../../worker/local/host.ts'
import { StartError } from '../../../worker/local/start-error.ts'

/** A host of the stand-in Worker in a process of its own, to be killed. Arguments: data directory, assets,
 *  port. Says its address, then `stopped` when it was asked to stop. */
const [dataDir = '', assets = '', port = '0'] = process.argv.slice(2)
const worker = new URL('../../fixtures/worker/worker.js', import.meta.url).pathname
try {
  const log = (line: string) => process.stderr.write(`${line}\n`)
  const host = await startHost({ port: Number(port), dataDir, worker, assets, log })
  const stop = async () => {
    await host.stop()
    process.stdout.write('stopped\n', () => process.exit(0))
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
  process.stdout.write(`${host.url}\n`)
} catch (error) {
  process.stderr.write(`${error instanceof StartError ? error.message : error}\n`)
  process.exit(1)
}
