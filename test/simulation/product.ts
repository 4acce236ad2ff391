import { product as frontProduct, ownRefusal } from './front.ts'
import { install } from './globals.ts'
import { product as supervisorProduct } from './supervisor.ts'

type ObjectClass = new (
  ctx: unknown,
  env: unknown,
) => Record<string, (...args: unknown[]) => unknown>
type DaemonClass = new (options: Record<string, unknown>) => unknown

/** The product's own shells, whole: loaded once per process, after `registerProduct`. */
export const loadProduct = async () => {
  const from = (path: string) => import(`../../${path}`) as Promise<Record<string, unknown>>
  const coordinator = await from('worker/deployments/coordinator.ts')
  const hub = await from('worker/runners/hub.ts')
  const schedule = await from('worker/schedule.ts')
  const session = await from('worker/runners/session.ts')
  const replies = await from('worker/runners/replies.ts')
  const client = await from('worker/database/client.ts')
  const messages = await from('runner/protocol/messages.ts')
  const daemon = await from('runner/daemon.ts')
  const result = await from('runner/result.ts')
  const records = await from('runner/protocol/log-record.ts')
  const home = await from('runner/home.ts')
  const Refused = replies.Refused as new (...args: unknown[]) => { refusal: never }
  Object.assign(frontProduct, {
    openDatabase: client.openDatabase,
    getRunner: session.getRunner,
    openSession: session.openSession,
    sessionOf: session.sessionOf,
    isRefused: (error: unknown) => (error instanceof Refused ? error.refusal : ownRefusal(error)),
    schemas: {
      session: messages.sessionRequest,
      poll: messages.pollRequest,
      claim: messages.claimRequest,
      complete: messages.completeRequest,
    },
  })
  Object.assign(supervisorProduct, {
    writeResult: result.writeResult,
    formatRecord: records.formatRecord,
  })
  const tasks = await from('worker/tasks/commands.ts')
  install()
  return {
    openDatabase: client.openDatabase as () => unknown,
    cancelTask: tasks.cancelTask as (...given: unknown[]) => Promise<unknown>,
    Deployment: coordinator.Deployment as ObjectClass,
    Hub: hub.Hub as ObjectClass,
    runSchedule: schedule.runSchedule as (env: unknown, now: number) => Promise<void>,
    Daemon: daemon.Daemon as DaemonClass,
    openHome: home.openHome as (root: string) => unknown,
  }
}
export type Product = Awaited<ReturnType<typeof loadProduct>>
