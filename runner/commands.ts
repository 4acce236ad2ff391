import { resolve } from 'node:path'
import { Daemon } from './daemon.ts'
import { openHome } from './home.ts'
import { loadIdentity, openKey } from './identity.ts'
import { takeLock } from './lock.ts'
import { register } from './registration.ts'
import { connect } from './server.ts'

/** This file itself: a supervisor is started from it. */
export const programFile = () => resolve(process.argv[1] as string)

export const registerCommand = async (
  root: string,
  options: { server: string; token: string; name?: string },
): Promise<number> => {
  const identity = await register(openHome(root), options)
  process.stdout.write(`Registered as ${identity.name} (${identity.runnerId}).\n`)
  if (identity.isPending)
    process.stdout.write(
      `Another runner has this name: approve this one on the page of its target. Until then it waits.\n`,
    )
  return 0
}

/** Runs until it is told to end; steps in progress go on without it. */
export const runCommandLine = async (root: string): Promise<number> => {
  const home = openHome(root)
  const identity = loadIdentity(home)
  if (!identity) throw new Error(`${root} is not registered: run \`register\` first.`)
  const release = takeLock(home)
  const server = connect(identity.server)
  const say = (line: string) => process.stdout.write(`${line}\n`)
  say(`Runner ${identity.name} (${identity.runnerId}) of ${identity.server}`)
  const daemon = new Daemon({
    home,
    identity,
    key: openKey(home),
    server,
    program: programFile(),
    say,
  })
  const reason = await new Promise<string>(done => {
    for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
      process.once(name, () => done(name))
  })
  daemon.close()
  release()
  say(`Stopped by ${reason}; steps in progress go on.`)
  return 0
}
