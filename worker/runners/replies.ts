import type { z } from 'zod'
import { MESSAGE_BYTES } from '../../runner/protocol/limits.ts'
import type { Refusal } from '../../runner/protocol/refusal.ts'
import { PROOF_HEADER } from '../../runner/protocol/signatures.ts'
import { readBytes, readJson } from '../http/input.ts'
import { Problem } from '../http/problem.ts'
import { readProof } from './proof.ts'
import { Refused } from './refused.ts'

export { Refused }

const STATUS: Record<Refusal['error'], number> = {
  invalid: 400,
  unauthenticated: 401,
  forbidden: 403,
  stale: 409,
  gap: 409,
  digest: 409,
  gone: 410,
  too_large: 413,
  unavailable: 503,
  replayed: 409,
}

export const refusalReply = (refusal: Refusal): Response =>
  Response.json(refusal, {
    status: STATUS[refusal.error],
    ...(refusal.error === 'unavailable' && { headers: { 'Retry-After': '2' } }),
  })

/** Answers with the handler's value as JSON; refusals and problems become {@link Refusal}s. */
export const speaking =
  <C>(handler: (call: C) => Promise<unknown>) =>
  async (call: C): Promise<Response> => {
    try {
      const value = await handler(call)
      return value instanceof Response ? value : Response.json(value)
    } catch (error) {
      if (error instanceof Refused) return refusalReply(error.refusal)
      if (error instanceof Problem && error.code in STATUS)
        return refusalReply({ error: error.code as Refusal['error'], message: error.message })
      if (error instanceof Problem)
        return refusalReply({ error: 'invalid', message: error.message })
      throw error
    }
  }

/** A body of the protocol that comes with the proof of its session, and the number of that.
 *  @throws Refused `invalid`, `too_large`, `unauthenticated` */
export const readProven = async <S extends z.ZodType>(
  request: Request,
  schema: S,
  { session, path }: { session: Parameters<typeof readProof>[0]; path: string },
): Promise<{ message: z.output<S>; proof?: number }> => {
  if (session.key === undefined) return { message: await readMessage(request, schema) }
  const body = await readBytes(request, MESSAGE_BYTES)
  const header = request.headers.get(PROOF_HEADER)
  const proof = await readProof(session, { header, path, body })
  const copy = new Request(request.url, { method: 'POST', body })
  const message = await readMessage(copy, schema)
  return proof === undefined ? { message } : { message, proof }
}

/** A body of the protocol. @throws Refused `invalid`, `too_large` */
export const readMessage = async <S extends z.ZodType>(
  request: Request,
  schema: S,
): Promise<z.output<S>> => {
  const result = schema.safeParse(await readJson(request, MESSAGE_BYTES))
  if (result.success) return result.data
  const [issue] = result.error.issues
  const where = issue?.path.map(String).join('.') || 'body'
  throw new Refused('invalid', `${where}: ${issue?.message ?? 'is not as the protocol says'}`)
}
