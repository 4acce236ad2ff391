export type Instruction = 'continue' | 'upload-rest' | 'kill' | 'forget'
export type Answer =
  | { type: 'done' }
  | { type: 'instruct'; instruction: Instruction }
  | { type: 'refused'; error: 'stale' | 'gone'; message: string }

export const DONE: Answer = { type: 'done' }

export const gone = (message: string): Answer => ({ type: 'refused', error: 'gone', message })
export const stale = (message: string): Answer => ({ type: 'refused', error: 'stale', message })
