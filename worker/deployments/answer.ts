import type { InterruptionRefusal } from '../interruptions/interruption.ts'

export type Instruction = 'continue' | 'upload-rest' | 'kill' | 'forget'
export type Answer =
  | { type: 'done' }
  | { type: 'instruct'; instruction: Instruction }
  /** `unavailable`: not now, and the same may be asked again. */
  | { type: 'refused'; error: 'stale' | 'gone' | 'unavailable'; message: string }
  /** What a person wanted cannot be. */
  | { type: 'declined'; code: InterruptionRefusal['code']; message: string }

export const DONE: Answer = { type: 'done' }

export const gone = (message: string): Answer => ({ type: 'refused', error: 'gone', message })
export const stale = (message: string): Answer => ({ type: 'refused', error: 'stale', message })
export const declined = (code: InterruptionRefusal['code'], message: string): Answer => ({
  type: 'declined',
  code,
  message,
})
