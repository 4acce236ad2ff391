import { resolve } from 'node:path'
import { Daemon } from './daemon.ts'
import { openHome } from './home.ts'
import { loadIdentity, openKey } from './identity.ts'
import { LAUNCHER, launch, UPDATED } from './launcher.ts'
import { takeLock } from './lock.ts'
import { type RegistrationOptions, register } from './registration.ts'
import { connect } from './server.ts'
import { readUpdate } from './update.ts'

/** This file itself: a supervisor is started from it. */
export const programFile = () => resolve(process.argv[1] as string)

/** How often a daemon looks whether its launcher is still there, in milliseconds. */
const PARENT_MS = 2_000

const say = (line: string) => process.stdout.write(`${line}\n`)

export const registerCommand = async (
  root: string,
  options: RegistrationOptions,
): Promise<number> => {
  const identity = await register(openHome(root), options)
  say(`Registered as ${identity.name} (${identity.runnerId}).`)
  if (identity.isPending)
    say(
      'Another runner has this name: approve this one on the page of its target. Until then it waits.',
    )
  return 0
}

/** Runs until it is told to end; steps in progress go on without it. A version that is still to prove
 *  itself is watched by one that has, if need be by a second process of its own kind. */
export const runCommandLine = async (root: string): Promise<number> => {
  const home = openHome(root)
  const isLaunched = process.env[LAUNCHER] !== undefined
  const watch = () => launch({ home, program: programFile(), say })
  if (!isLaunched && readUpdate(home)?.state === 'trying') return watch()
  const ending = await runDaemon(root)
  if (ending !== UPDATED || isLaunched) return ending
  return watch()
}

const runDaemon = async (root: string): Promise<number> => {
  const home = openHome(root)
  const identity = loadIdentity(home)
  if (!identity) throw new Error(`${root} is not registered: run \`register\` first.`)
  const release = takeLock(home)
  const server = connect(identity.server)
  say(`Runner ${identity.name} (${identity.runnerId}) of ${identity.server}`)
  let end: (reason: string) => void = () => {}
  const ended = new Promise<string>(resolve => {
    end = resolve
  })
  const stop = (name: string) => end(name)
  const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const
  for (const name of signals) process.once(name, stop)
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.env[LAUNCHER] !== undefined && process.ppid !== parent)
      end('the end of its launcher')
  }, PARENT_MS)
  const daemon = new Daemon({
    home,
    identity,
    key: openKey(home),
    server,
    program: programFile(),
    say,
    onUpdated: () => end(NEW_PROGRAM),
  })
  const reason = await ended
  clearInterval(timer)
  for (const name of signals) process.off(name, stop)
  daemon.close()
  release()
  if (reason === NEW_PROGRAM) return UPDATED
  say(`Stopped by ${reason}; steps in progress go on.`)
  return 0
}

const NEW_PROGRAM = 'an update'
