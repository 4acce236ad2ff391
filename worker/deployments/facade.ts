import { createDurable, proxyDurable } from 'itty-durable'
import type { Environment } from '../environment.ts'
import type { CommandSurface, LogQuery } from './surface.ts'

const COMMANDS = [
  'start',
  'requestCancel',
  'takeResponsibility',
  'submitInterruption',
  'details',
  'readLog',
  'kept',
  'outputs',
] as const
const PREFIX = '/do/call/'

/**
 * The command surface of a deployment's object, as `itty-durable` speaks it: a plain call per deed,
 * answered by the same methods that RPC reaches. It keeps nothing of its own: the library would
 * store a whole object un-awaited, and lets callers set any field, so only the commands pass here.
 */
export const answersFacade = async (
  object: CommandSurface,
  request: Request,
): Promise<Response> => {
  const { pathname } = new URL(request.url)
  const command = COMMANDS.find(name => pathname === `${PREFIX}${name}`)
  if (!command) return Response.json({ error: 'There is no such command.' }, { status: 404 })
  return new Facade(object).fetch(request)
}

class Facade extends createDurable() {
  readonly #object: CommandSurface
  constructor(object: CommandSurface) {
    super({ storage: { get: async () => undefined } })
    this.#object = object
  }
  override getPersistable() {
    return {} as ReturnType<InstanceType<ReturnType<typeof createDurable>>['getPersistable']>
  }
  start(deploymentId: string) {
    return this.#object.start(deploymentId)
  }
  requestCancel(request: { by: string; reason: string }) {
    return this.#object.requestCancel(request)
  }
  takeResponsibility(request: Parameters<CommandSurface['takeResponsibility']>[0]) {
    return this.#object.takeResponsibility(request)
  }
  submitInterruption(request: Parameters<CommandSurface['submitInterruption']>[0]) {
    return this.#object.submitInterruption(request)
  }
  kept() {
    return this.#object.kept()
  }
  outputs() {
    return this.#object.outputs()
  }
  details(options?: { tail?: number }) {
    return this.#object.details(options)
  }
  readLog(query: LogQuery) {
    return this.#object.readLog(query)
  }
}

/** The typed other end. Arguments travel in a header, so they must stay small and plain. */
export const deploymentCommands = (
  env: Pick<Environment, 'DEPLOYMENT'>,
  deploymentId: string,
): CommandSurface =>
  proxyDurable(env.DEPLOYMENT, { name: 'DEPLOYMENT', parse: true }).get(
    deploymentId,
  ) as CommandSurface
