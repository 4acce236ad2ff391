/** The states of a task; the API's own words. */
export const TASK_STATES = [
  'Queued',
  'Executing',
  'Cancelling',
  'Success',
  'Failed',
  'Canceled',
  'TimedOut',
] as const
export type TaskState = (typeof TASK_STATES)[number]

export const isCompleted = (state: string): boolean =>
  state === 'Success' || state === 'Failed' || state === 'Canceled' || state === 'TimedOut'

/** Reads a state in any letter case; undefined for what is none. */
export const parseState = (text: string): TaskState | undefined =>
  TASK_STATES.find(state => state.toLowerCase() === text.toLowerCase())

/** `32 seconds`, `2 minutes`, `1 hour 5 minutes`: how long, as a person would say it. */
export const spokenDuration = (ms: number): string => {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 1) return 'less than a second'
  if (seconds < 90) return plural(seconds, 'second')
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return plural(minutes, 'minute')
  const rest = minutes % 60
  const hours = plural(Math.floor(minutes / 60), 'hour')
  return rest === 0 ? hours : `${hours} ${plural(rest, 'minute')}`
}

const plural = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`
