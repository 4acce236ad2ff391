import { type Keyring, open, seal } from '../access/envelope.ts'

/** Which secret of which value; `version` counts the secrets it has had. */
export type SealedFor = { id: string; version: number }

/** 0: sealed before secrets were counted. */
const aadOf = ({ id, version }: SealedFor) =>
  version === 0 ? `variables|${id}|value` : `variables|${id}|value|${version}`

/** Bound to the variable's row and to this secret of it: the sealed text opens under no other id,
 *  and an old one no more once there is a newer; also out of a snapshot. */
export const sealValue = (keyring: Keyring, of: SealedFor, value: string): Promise<string> =>
  seal(keyring, aadOf(of), value)

/** @throws Error when the text is not the secret of this row and version */
export const openValue = (keyring: Keyring, of: SealedFor, sealed: string): Promise<string> =>
  open(keyring, aadOf(of), sealed)
