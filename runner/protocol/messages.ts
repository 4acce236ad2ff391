import * as z from 'zod'
import { facts } from './enrolment.ts'
import { MAX_ABSENT, MAX_ARTIFACTS, MAX_REBOOTS } from './limits.ts'
import { release } from './release.ts'

/**
 * The conversation between a runner and the server, in the order it happens. Everything is HTTPS
 * under `/runner/v1`, started by the runner; JSON both ways except log bytes and packages.
 *
 * 1. `POST /enrolments`: a single-use token and a fresh Ed25519 public key become a runner id.
 * 2. `POST /runners/{id}/nonce`, then `POST /runners/{id}/session`: the runner signs the server's
 *    nonce and lists every attempt in its journal; the answer is a session token, a new epoch
 *    (which ends the older one) and one instruction per listed attempt.
 * 3. `POST /poll`: held up to {@link POLL_WAIT_MS}; answers offers and controls. A runner holds one
 *    poll, ever; a newer one supersedes it. Offers repeat until claimed or withdrawn.
 * 4. `POST /attempts/{attempt}/claim`: the server commits the lease, then answers the grant with
 *    all the step needs. Claiming again with the same fence gives the same grant.
 * 5. `GET /attempts/{attempt}/packages/{sha256}`: the bytes of a package the grant names.
 * 6. `POST /attempts/{attempt}/log?offset&fence&crc`: appended when `offset` is what the server
 *    has; an overlap is ignored; a gap is refused with 409 and the `next` offset. Renews the lease.
 * 7. `PUT /attempts/{attempt}/artifacts?fence&name&sha256&size`: a file the step handed in, before its
 *    completion. The same file again changes nothing.
 * 8. `POST /attempts/{attempt}/complete`: accepted once the whole log is there and its digest
 *    agrees. Repeating it gives the same answer. Terminal is final.
 * 9. `POST /absences`: what the server wanted ended has ended, and nothing of it runs here any more.
 *
 * Any message may be lost, doubled or late. Refusals are {@link Refusal} with a 4xx status; a lost
 * connection, a 5xx or an answer that does not parse is tried again with full jitter.
 */

/** `Deployments-12:7`: the seventh attempt that deployment's coordinator has made. */
export const attemptId = z.string().regex(/^[A-Za-z]{1,30}-\d{1,12}:\d{1,9}$/)
export const deploymentOf = (attempt: string) => attempt.slice(0, attempt.lastIndexOf(':'))

const text = (max: number) => z.string().max(max)
const offset = z.number().int().min(0)

export const nonceReply = z.object({ nonce: text(500) })

/** What the journal knows of an attempt: how far it got, and how much of its log was acknowledged. */
export const journalled = z.object({
  attempt: attemptId,
  fence: z.number().int().min(1),
  state: z.enum(['accepted', 'starting', 'running', 'finished', 'unknown']),
  reason: text(500).optional(),
  acknowledged: offset,
})
export type Journalled = z.infer<typeof journalled>

export const sessionRequest = z.object({
  nonce: text(500),
  /** Ed25519 over the UTF-8 bytes of `slipway-session:<runner id>:<nonce>`, base64url. */
  signature: z.string().regex(/^[A-Za-z0-9_-]{86}$/),
  facts,
  attempts: z.array(journalled).max(1000),
  /** Names the process that speaks, anew at each start: two that take turns are two machines. */
  instance: text(100).optional(),
  /** Claims and completions of this session carry a {@link proofMessage}; those without are refused. */
  proofs: z.boolean().optional(),
})
export type SessionRequest = z.infer<typeof sessionRequest>

/** `continue`: go on. `upload-rest`: the outcome is settled, send what is left of the log.
 *  `kill`: end the process, then forget. `forget`: delete spool and journal of it. */
export const instruction = z.enum(['continue', 'upload-rest', 'kill', 'forget'])

export const sessionReply = z.object({
  session: text(4000),
  epoch: z.number().int().min(1),
  ttlMs: z.number().int().min(1000),
  attempts: z
    .array(
      z.object({
        attempt: attemptId,
        // What a newer server says in words of its own changes nothing here.
        instruction: instruction.catch('continue'),
        next: offset,
      }),
    )
    .max(1000),
  release: release.optional(),
})
export type SessionReply = z.infer<typeof sessionReply>

/** How the machine is, as its runner finds it. With a `problem` it takes no new work. */
export const report = z.object({
  problem: text(500).optional(),
  warnings: z.array(text(300)).max(20),
  freeDiskBytes: z.number().min(0).optional(),
  runnerVersion: text(50).optional(),
})
export type Report = z.infer<typeof report>

export const pollRequest = z.object({
  waitMs: z.number().int().min(0).max(60_000),
  /** Attempts whose offer is journalled here and need not be offered again before its time-out. */
  accepted: z.array(attemptId).max(100),
  /** Controls (by their id) that have been carried out. */
  handled: z.array(text(200)).max(100),
  report: report.optional(),
})
export type PollRequest = z.infer<typeof pollRequest>

/** Work for this runner. Holds no secret: all it takes is in the grant. */
export const offer = z.object({
  attempt: attemptId,
  fence: z.number().int().min(1),
  planHash: text(100),
  ttlMs: z.number().int().min(1),
})
export type Offer = z.infer<typeof offer>

export const control = z.discriminatedUnion('type', [
  z.object({ id: text(200), type: z.literal('cancel'), attempt: attemptId, reason: text(500) }),
  z.object({ id: text(200), type: z.literal('sealed'), attempt: attemptId }),
  z.object({ id: text(200), type: z.literal('drain') }),
])
export type Control = z.infer<typeof control>

const knownControl = (value: unknown): Control[] => {
  const parsed = control.safeParse(value)
  return parsed.success ? [parsed.data] : []
}

export const pollReply = z.object({
  offers: z.array(offer).max(100),
  /** Those of a newer server that are not known here are passed over. */
  controls: z
    .array(z.unknown())
    .max(100)
    .transform(list => list.flatMap(knownControl)),
  /** The poll ended because a newer one of the same runner took its place. */
  superseded: z.boolean().optional(),
})
export type PollReply = z.infer<typeof pollReply>

export const claimRequest = z.object({ fence: z.number().int().min(1) })
export type ClaimRequest = z.infer<typeof claimRequest>

export const grantedPackage = z.object({
  /** Reference name inside the action; the primary package has the empty one. */
  name: text(200),
  packageId: text(200),
  version: text(349),
  /** With its dot: `.zip`, `.tar.gz`. */
  extension: text(50),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  sizeBytes: offset,
  extract: z.boolean(),
})
export type GrantedPackage = z.infer<typeof grantedPackage>

export const grantedVariable = z.object({
  name: text(1000),
  value: z.string().nullable(),
  sensitive: z.boolean().optional(),
})
export type GrantedVariable = z.infer<typeof grantedVariable>

/** Everything one attempt needs. Variables are the winners for this step and target, raw: the
 *  runner evaluates them. `properties` are the action's own (`Octopus.Action.Script.ScriptBody`…)
 *  and stand behind variables of the same name. */
export const grant = z.object({
  attempt: attemptId,
  fence: z.number().int().min(1),
  ttlMs: z.number().int().min(1000),
  logIntervalMs: z.number().int().min(10),
  /** AES-256-GCM key, base64: output variables are sealed with it on the runner's disk and wire. */
  outputsKey: text(100),
  /** `Octopus.Script`, `Octopus.TentaclePackage`, … */
  actionType: text(200),
  stepName: text(200),
  properties: z.record(text(1000), z.string()),
  variables: z.array(grantedVariable).max(20_000),
  packages: z.array(grantedPackage).max(100),
  /** Its packages are fetched again even where the cache has them. */
  fetchAnew: z.boolean().optional(),
  /** Its host may be restarted while it runs: it is run again from its start so often at most. */
  maximumReboots: z.number().int().min(1).max(MAX_REBOOTS).optional(),
  /** 0: none. Counts from the claim. */
  timeoutMs: z.number().int().min(0),
  cancelGraceMs: z.number().int().min(0),
})
export type Grant = z.infer<typeof grant>

/** What the server answers to log bytes. `next` is the offset it has now. */
export const logReply = z.object({
  next: offset,
  ttlMs: z.number().int().min(1000),
  intervalMs: z.number().int().min(10),
  cancel: z.boolean().optional(),
})
export type LogReply = z.infer<typeof logReply>

export const outputVariable = z.object({
  name: text(1000),
  value: text(1_048_576),
  sensitive: z.boolean(),
})
export type OutputVariable = z.infer<typeof outputVariable>

export const completeRequest = z.object({
  fence: z.number().int().min(1),
  outcome: z.enum(['succeeded', 'failed', 'canceled', 'timed-out', 'unknown']),
  exitCode: z.number().int().nullable(),
  signal: text(20).nullable(),
  /** Why, in the words a person should read: `exit code 3`, `supervisor-lost`. */
  reason: text(2000).nullable(),
  finalOffset: offset,
  /** SHA-256 of the whole log as uploaded, lower-case hex. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  warnings: z.boolean(),
  /** `iv.ciphertext` of the JSON list of {@link outputVariable}, base64 each; null when none. */
  outputs: text(4_000_000).nullable(),
  artifacts: z
    .array(z.object({ name: text(200), sizeBytes: offset, sha256: text(64) }))
    .max(MAX_ARTIFACTS)
    .optional(),
  /** The last log bytes, base64, so that a short step ends in one request: starts at `tail.offset`. */
  tail: z.object({ offset, bytes: text(400_000) }).optional(),
})
export type CompleteRequest = z.infer<typeof completeRequest>

/** The bytes are stored and belong to the attempt. */
export const artifactReply = z.object({ stored: z.boolean() })
export type ArtifactReply = z.infer<typeof artifactReply>

/** Attempts of which nothing runs on this machine, since the server wanted them ended. */
export const absenceRequest = z.object({
  absent: z
    .array(z.object({ attempt: attemptId, fence: z.number().int().min(1) }))
    .min(1)
    .max(MAX_ABSENT),
})
export type Absent = z.infer<typeof absenceRequest>['absent'][number]
export const absenceReply = z.object({ noted: z.boolean() })

export const completeReply = z.object({
  accepted: z.boolean(),
  next: offset,
  /** The sealed log has been verified: the runner may delete its spool. */
  sealed: z.boolean(),
})
export type CompleteReply = z.infer<typeof completeReply>
