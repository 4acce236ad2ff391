import { enrolmentRequest } from '../../runner/protocol/enrolment.ts'
import { LOG_CHUNK_BYTES } from '../../runner/protocol/limits.ts'
import {
  absenceRequest,
  attemptId,
  claimRequest,
  completeRequest,
  deploymentOf,
  pollRequest,
  sessionRequest,
} from '../../runner/protocol/messages.ts'
import { collectArtifact } from '../artifacts/collection.ts'
import { free } from '../deployments/free.ts'
import { deploymentObject } from '../deployments/object.ts'
import type { AnyPrincipalCall } from '../http/call.ts'
import { readBytes } from '../http/input.ts'
import { type Route, route } from '../http/route.ts'
import { packageKey } from '../packages/package.ts'
import { enrol, findToken } from './enrolment.ts'
import { installScript } from './install-script.ts'
import { hubObject } from './object.ts'
import { Refused } from './refused.ts'
import { readMessage, readProven, speaking } from './replies.ts'
import { getRunner, noteAbsent, openSession, sessionOf } from './session.ts'

const RUNNER_ID = /^Runners-\d{1,12}$/
const SHA256 = /^[0-9a-f]{64}$/
const CRC = /^[0-9a-f]{8}$/

const runnerIdOf = ({ params }: AnyPrincipalCall): string => {
  const id = params.id ?? ''
  if (!RUNNER_ID.test(id)) throw new Refused('invalid', 'A runner id is like Runners-12.')
  return id
}

const attemptOf = ({ params }: AnyPrincipalCall): string => {
  const parsed = attemptId.safeParse(params.attempt)
  if (!parsed.success) throw new Refused('invalid', 'An attempt id is like Deployments-12:7.')
  return parsed.data
}

const whole = (call: AnyPrincipalCall, name: string): number => {
  const text = call.query.text(name) ?? ''
  if (!/^\d{1,15}$/.test(text)) throw new Refused('invalid', `${name} must be a whole number.`)
  return Number(text)
}

/** @throws Refused as the object says */
const accept = <T extends { type: string }>(answer: T): Exclude<T, { type: 'refused' }> => {
  if (answer.type !== 'refused') return answer as Exclude<T, { type: 'refused' }>
  const { error, message, next } = (answer as unknown as { refusal: Refused['refusal'] }).refusal
  throw new Refused(error, message, next)
}

const enrolment = async (call: AnyPrincipalCall) =>
  enrol(call, await readMessage(call.request, enrolmentRequest))

const nonce = async (call: AnyPrincipalCall) => {
  const runner = await getRunner(call.db, runnerIdOf(call))
  return { nonce: await hubObject(call.env, runner.spaceId).nonce(runner.id) }
}

const session = async (call: AnyPrincipalCall) => {
  const request = await readMessage(call.request, sessionRequest)
  return openSession(call, await getRunner(call.db, runnerIdOf(call)), request)
}

const poll = async (call: AnyPrincipalCall) => {
  const { runnerId, spaceId, epoch } = await sessionOf(call)
  const request = await readMessage(call.request, pollRequest)
  const reply = await hubObject(call.env, spaceId).poll({ ...request, runner: runnerId, epoch })
  if (!reply) throw new Refused('unauthenticated', 'A newer session of this runner has begun.')
  return reply
}

const claim = async (call: AnyPrincipalCall) => {
  const speaker = await sessionOf(call)
  const attempt = attemptOf(call)
  const path = `/attempts/${attempt}/claim`
  const { message, proof } = await readProven(call.request, claimRequest, {
    session: speaker,
    path,
  })
  const object = deploymentObject(call.env, deploymentOf(attempt))
  const claim = { attempt, fence: message.fence }
  return accept(await object.claim(reporter(speaker, proof), claim)).grant
}

const log = async (call: AnyPrincipalCall) => {
  const speaker = await sessionOf(call)
  const attempt = attemptOf(call)
  const crc = call.query.text('crc') ?? ''
  if (!CRC.test(crc)) throw new Refused('invalid', 'crc must be eight lower-case hex digits.')
  const bytes = await readBytes(call.request, LOG_CHUNK_BYTES)
  const object = deploymentObject(call.env, deploymentOf(attempt))
  const chunk = { attempt, fence: whole(call, 'fence'), offset: whole(call, 'offset'), crc, bytes }
  try {
    return accept(await object.appendLog(reporter(speaker), chunk)).reply
  } finally {
    free(bytes.buffer)
  }
}

const complete = async (call: AnyPrincipalCall) => {
  const speaker = await sessionOf(call)
  const attempt = attemptOf(call)
  const path = `/attempts/${attempt}/complete`
  const to = { session: speaker, path }
  const { message, proof } = await readProven(call.request, completeRequest, to)
  const object = deploymentObject(call.env, deploymentOf(attempt))
  return accept(await object.complete(reporter(speaker, proof), attempt, message)).reply
}

const absences = async (call: AnyPrincipalCall) => {
  const { runnerId, spaceId, epoch } = await sessionOf(call)
  const { absent } = await readMessage(call.request, absenceRequest)
  const attempts = absent.map(({ attempt }) => attempt)
  if (!(await hubObject(call.env, spaceId).absent(runnerId, epoch, attempts)))
    throw new Refused('unauthenticated', 'A newer session of this runner has begun.')
  await noteAbsent(call.env, { runnerId, epoch }, absent)
  return { noted: true }
}

const download = async (call: AnyPrincipalCall) => {
  const speaker = await sessionOf(call)
  const attempt = attemptOf(call)
  const sha256 = call.params.sha256 ?? ''
  if (!SHA256.test(sha256)) throw new Refused('invalid', 'A digest is 64 lower-case hex digits.')
  const object = deploymentObject(call.env, deploymentOf(attempt))
  accept(await object.findPackage(reporter(speaker), { attempt, sha256 }))
  const found = await call.env.STORE.get(packageKey(sha256))
  if (!found) throw new Refused('gone', 'The package is no longer in the repository.')
  return new Response(found.body, {
    headers: {
      'content-type': 'application/octet-stream',
      'content-length': String(found.size),
      'cache-control': 'private, max-age=31536000, immutable',
    },
  })
}

const artifact = async (call: AnyPrincipalCall) => {
  const speaker = await sessionOf(call)
  const attempt = attemptOf(call)
  const sha256 = call.query.text('sha256') ?? ''
  if (!SHA256.test(sha256)) throw new Refused('invalid', 'A digest is 64 lower-case hex digits.')
  const name = call.query.text('name') ?? ''
  if (!isFileName(name))
    throw new Refused('invalid', 'name must be a plain file name of up to 200 characters.')
  const wanted = { attempt, fence: whole(call, 'fence') }
  const sizeBytes = whole(call, 'size')
  const object = deploymentObject(call.env, deploymentOf(attempt))
  const { stepName, placeName } = accept(await object.findStep(reporter(speaker), wanted))
  await collectArtifact(call, { attempt, stepName, placeName, name, sha256, sizeBytes })
  return { stored: true }
}

const isFileName = (name: string) =>
  name.length > 0 &&
  name.length <= 200 &&
  name.isWellFormed() &&
  !/[\\/\p{Cc}\u2028\u2029]|^\.{1,2}$/u.test(name)

const reporter = ({ runnerId, epoch }: { runnerId: string; epoch: number }, proof?: number) => ({
  runnerId,
  epoch,
  ...(proof !== undefined && { proof }),
})

const install = async (call: AnyPrincipalCall) => {
  const token = call.params.token ?? ''
  const isGood = token.length <= 200 && (await findToken(call.db, token, call.now)) !== undefined
  const text = isGood
    ? installScript(call.env.PUBLIC_URL, token)
    : 'The token is unknown, was used already, or has expired. Make a new command in the portal.\n'
  return new Response(text, {
    status: isGood ? 200 : 404,
    headers: { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' },
  })
}

const message = (
  method: 'GET' | 'POST' | 'PUT',
  path: string,
  summary: string,
  handler: (call: AnyPrincipalCall) => Promise<unknown>,
): Route =>
  route({
    method,
    area: 'root',
    path: `/runner/v1${path}`,
    permission: 'public',
    rawBody: true,
    summary,
    handler: speaking(handler),
  })

/** Runners prove themselves with a token or a signed session, so these routes are public. */
export const runnerRoutes: Route[] = [
  message('POST', '/enrolments', 'A single-use token becomes a runner', enrolment),
  message('POST', '/runners/{id}/nonce', 'Something for a runner to sign', nonce),
  message('POST', '/runners/{id}/session', 'A signed nonce becomes a session', session),
  message('POST', '/poll', 'Held until there is work or a control', poll),
  message('POST', '/attempts/{attempt}/claim', 'Take the work: the grant', claim),
  message('POST', '/attempts/{attempt}/log', 'Log bytes from an offset; renews the lease', log),
  message('PUT', '/attempts/{attempt}/artifacts', 'A file that a step hands in', artifact),
  message('POST', '/attempts/{attempt}/complete', 'The outcome of an attempt', complete),
  message('POST', '/absences', 'What was to be ended has ended', absences),
  message('GET', '/attempts/{attempt}/packages/{sha256}', 'A package of the grant', download),
  route({
    method: 'GET',
    area: 'root',
    path: '/install/{token}',
    permission: 'public',
    summary: 'The one-line installer of a runner',
    handler: install,
  }),
]
