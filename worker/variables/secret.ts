import { type Keyring, open, seal } from '../access/envelope.ts'

/** Shorter values cannot be found in a log without blotting out half of it. */
export const MIN_SECRET_LENGTH = 4

const aadOf = (variableId: string) => `variables|${variableId}|value`

/** Bound to the variable's row: the sealed text opens under no other id, also out of a snapshot. */
export const sealValue = (keyring: Keyring, variableId: string, value: string): Promise<string> =>
  seal(keyring, aadOf(variableId), value)

export const openValue = (keyring: Keyring, variableId: string, sealed: string): Promise<string> =>
  open(keyring, aadOf(variableId), sealed)
