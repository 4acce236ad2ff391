import * as z from 'zod'

const text = (max: number) => z.string().max(max)

/** What a runner says of the machine it runs on. */
export const facts = z.object({
  hostname: text(255),
  os: text(100),
  arch: text(50),
  runnerVersion: text(50),
  protocolVersion: z.number().int().min(1),
  runtime: text(100),
  bootId: text(100),
  shells: z.array(text(50)).max(20),
  freeDiskBytes: z.number().min(0).optional(),
})
export type Facts = z.infer<typeof facts>

export const enrolmentRequest = z.object({
  token: text(200),
  /** Raw Ed25519 public key, base64url, 43 characters. */
  publicKey: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  name: text(200).optional(),
  facts,
})
export type EnrolmentRequest = z.infer<typeof enrolmentRequest>
export const enrolmentReply = z.object({
  runnerId: text(100),
  spaceId: text(50),
  name: text(200),
  /** Another runner has this name: somebody must approve that this one takes its place. */
  isPending: z.boolean().optional(),
})
export type EnrolmentReply = z.infer<typeof enrolmentReply>
