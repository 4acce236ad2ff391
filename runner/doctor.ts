import { existsSync, statSync } from 'node:fs'
import { collectFacts } from './facts.ts'
import { openHome } from './home.ts'
import { loadIdentity, openKey, signSession } from './identity.ts'
import { nonceReply } from './protocol/messages.ts'
import { connect } from './server.ts'

const ENOUGH_BYTES = 500 * 1024 * 1024

type Finding = { good: boolean; text: string }

/** Looks at everything a step needs, and says it line by line; 1 when something is wrong. */
export const doctor = async (root: string): Promise<number> => {
  const home = openHome(root)
  const facts = collectFacts(root)
  const [major = 0] = process.versions.node.split('.').map(Number)
  const findings: Finding[] = [
    { good: major >= 20, text: `Runtime ${facts.runtime} (20 or newer is needed)` },
    { good: facts.shells.includes('bash'), text: `Scripts: ${facts.shells.join(', ') || 'none'}` },
    {
      good: (facts.freeDiskBytes ?? ENOUGH_BYTES) >= ENOUGH_BYTES,
      text: `Free disk: ${Math.round((facts.freeDiskBytes ?? 0) / 1_048_576)} MiB (500 MiB are needed)`,
    },
    { good: (statSync(root).mode & 0o077) === 0, text: `${root} is its owner's alone` },
    ...(await findServer(home)),
  ]
  for (const { good, text } of findings)
    process.stdout.write(`${good ? 'ok     ' : 'PROBLEM'}  ${text}\n`)
  return findings.every(({ good }) => good) ? 0 : 1
}

const findServer = async (home: ReturnType<typeof openHome>): Promise<Finding[]> => {
  const identity = loadIdentity(home)
  if (!identity) return [{ good: false, text: 'Not registered: run `register` first' }]
  const { name, runnerId, server: url } = identity
  const keyIsPrivate = existsSync(home.key) && (statSync(home.key).mode & 0o077) === 0
  const server = connect(url)
  const answer = await server.send(nonceReply, { path: `/runners/${runnerId}/nonce`, json: {} })
  server.close()
  if (answer.ok) signSession(openKey(home), runnerId, answer.value.nonce)
  return [
    { good: true, text: `Registered as ${name} (${runnerId})` },
    { good: keyIsPrivate, text: `The key ${home.key} is its owner's alone` },
    { good: answer.ok, text: `${url} answers${answer.ok ? '' : ` not: ${answer.message}`}` },
  ]
}
