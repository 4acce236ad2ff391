import type { z } from 'zod'
import { MESSAGE_BYTES } from '../../runner/protocol/limits.ts'
import type { Refusal } from '../../runner/protocol/messages.ts'
import { readJson } from '../http/input.ts'
import { Problem } from '../http/problem.ts'

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
}

/** A runner's message that is not taken, in the words of the protocol. */
export class Refused extends Error {
  readonly refusal: Refusal
  constructor(error: Refusal['error'], message: string, next?: number) {
    super(message)
    this.refusal = { error, message, ...(next !== undefined && { next }) }
  }
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
