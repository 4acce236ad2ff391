import { invalid } from '../http/problem.ts'

/** What a value is. A reference is the id of something else here; all others are text. */
export const TYPES = ['String', 'Sensitive', 'WorkerPool'] as const

/** A type in its own spelling; one that is not known stays as it was written. */
export const spelledType = (text: string): string =>
  TYPES.find(type => type.toLowerCase() === text.trim().toLowerCase()) ?? text.trim()

type Typed = { type: string; value: string | null }

/**
 * A variable of a kind that names what does not exist here would be a promise nobody keeps. What was
 * stored before stays as long as nothing of it changes, so that a set can be saved as it was read.
 * @throws Problem `invalid`
 */
export const checkType = (name: string, typed: Typed, before: Typed | undefined): void => {
  const { type, value } = typed
  if (TYPES.some(known => known === type)) return
  if (before?.type === type && before.value === value) return
  throw invalid(`${name} is of the type ${type.slice(0, 100)}, ${reasonAgainst(type)}`)
}

const reasonAgainst = (type: string): string => {
  if (/account$/i.test(type))
    return (
      'which names an account. There are no accounts here: keep each part of it as a variable, the ' +
      'secret ones as sensitive.'
    )
  if (/^certificate$/i.test(type))
    return (
      'which names a certificate. There are no certificates here: keep its text as a sensitive ' +
      'variable.'
    )
  return `which does not exist. Choose one of ${TYPES.join(', ')}.`
}
