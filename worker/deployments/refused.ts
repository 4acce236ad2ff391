import type { Refusal } from '../../runner/protocol/refusal.ts'
import type { Answer } from './answer.ts'
import type { Refused } from './surface.ts'

/** A runner's message that is not taken, as it crosses the object's boundary. */
export const refused = (error: Refusal['error'], message: string, next?: number): Refused => ({
  type: 'refused',
  refusal: { error, message, ...(next !== undefined && { next }) },
})

export const UNKNOWN = refused('gone', 'This attempt is not known.')

export const refusedBy = (answer: Answer): Refused =>
  answer.type === 'refused' ? refused(answer.error, answer.message) : UNKNOWN
