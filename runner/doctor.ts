import { existsSync, statSync } from 'node:fs'
import { programFile } from './commands.ts'
import { collectFacts } from './facts.ts'
import { openHome } from './home.ts'
import { type Identity, loadIdentity, openKey, signSession } from './identity.ts'
import { ENOUGH_BYTES, inspect } from './inspection.ts'
import { killMethod } from './process/kill-set.ts'
import { nonceReply } from './protocol/messages.ts'
import { connect } from './server.ts'
import { serviceState } from './service.ts'
import { mayUpdate } from './update.ts'

/** `note`: worth knowing, no reason to worry. */
type Finding = { is: 'ok' | 'note' | 'PROBLEM'; text: string }
type Home = ReturnType<typeof openHome>

/** A clock that is further off makes times in logs hard to read; nothing is decided by them. */
const CLOCK_MS = 60_000
const MIB = 1_048_576

/** Looks at everything a step needs, and says it line by line; 1 when something is wrong. */
export const doctor = async (root: string): Promise<number> => {
  const home = openHome(root)
  const identity = loadIdentity(home)
  const findings: Finding[] = [
    ...findRuntime(root),
    ...findDisk(home),
    ...findRights(home),
    ...findProxy(),
    findService(),
    { is: 'ok', text: `What a step leaves running is found by ${killMethod()}` },
    ...(identity
      ? [findUpdates(home, identity), ...(await findServer(home, identity))]
      : [wrong('Not registered: run `register` first')]),
  ]
  for (const { is, text } of findings) process.stdout.write(`${is.padEnd(7)}  ${text}\n`)
  return findings.some(({ is }) => is === 'PROBLEM') ? 1 : 0
}

const wrong = (text: string): Finding => ({ is: 'PROBLEM', text })
const expecting = (isGood: boolean, text: string): Finding => ({
  is: isGood ? 'ok' : 'PROBLEM',
  text,
})

const findRuntime = (root: string): Finding[] => {
  const { runtime, shells } = collectFacts(root)
  const [major = 0] = process.versions.node.split('.').map(Number)
  return [
    expecting(major >= 20, `Runtime ${runtime} (Node 20 or Deno 2, or newer, is needed)`),
    expecting(shells.includes('bash'), `Scripts: ${shells.join(', ') || 'none'} (bash is needed)`),
  ]
}

const findDisk = (home: Home): Finding[] => {
  const { problem, freeDiskBytes = 0 } = inspect(home)
  const free = `Free disk: ${Math.round(freeDiskBytes / MIB)} MiB (${ENOUGH_BYTES / MIB} MiB are needed)`
  return [expecting(freeDiskBytes >= ENOUGH_BYTES, free), ...(problem ? [wrong(problem)] : [])]
}

const findRights = (home: Home): Finding[] => {
  const isOurs = (path: string) => (statSync(path).mode & 0o077) === 0
  const folders = [home.root, home.attempts, home.work]
  return [
    ...folders.map(path => expecting(isOurs(path), `${path} is its owner's alone`)),
    ...(existsSync(home.key)
      ? [expecting(isOurs(home.key), `The key ${home.key} is its owner's alone`)]
      : []),
  ]
}

const findProxy = (): Finding[] => {
  const set = ['HTTPS_PROXY', 'HTTP_PROXY', 'https_proxy', 'http_proxy'].find(
    name => process.env[name],
  )
  if (!set) return [{ is: 'ok', text: 'No proxy is set' }]
  return [{ is: 'note', text: `${set} is set; the runner does not use it and connects directly` }]
}

const findService = (): Finding => {
  const state = serviceState()
  if (state === undefined) return { is: 'note', text: 'No service is installed on this machine' }
  return expecting(state === 'active', `The service is ${state}`)
}

const findUpdates = (home: Home, { updates }: Identity): Finding => ({
  is: 'ok',
  text: mayUpdate(home, programFile(), updates !== false)
    ? 'New programs are taken from the server'
    : 'New programs are not taken from the server',
})

const findServer = async (home: Home, identity: Identity): Promise<Finding[]> => {
  const { name, runnerId, server: url } = identity
  const registered: Finding = { is: 'ok', text: `Registered as ${name} (${runnerId})` }
  const server = connect(url)
  const askedAt = Date.now()
  const answer = await server.send(nonceReply, { path: `/runners/${runnerId}/nonce`, json: {} })
  const tookMs = Date.now() - askedAt
  server.close()
  if (!answer.ok) return [registered, wrong(`${url} does not let us in: ${answer.message}`)]
  signSession(openKey(home), runnerId, answer.value.nonce)
  return [
    registered,
    { is: 'ok', text: `${url} answers (${tookMs} ms)` },
    findClock(answer.date, askedAt + tookMs / 2),
  ]
}

const findClock = (date: number | undefined, at: number): Finding => {
  if (date === undefined) return { is: 'note', text: 'The server does not tell its time' }
  // The header has whole seconds.
  const seconds = Math.round((at - date - 500) / 1000)
  const how = Math.abs(seconds) <= 1 ? 'agree' : `differ by ${Math.abs(seconds)} s`
  return {
    is: Math.abs(seconds) * 1000 > CLOCK_MS ? 'note' : 'ok',
    text: `The clocks of this machine and the server ${how}${Math.abs(seconds) <= 1 ? '' : `; ours is ${seconds > 0 ? 'ahead' : 'behind'}`}`,
  }
}
