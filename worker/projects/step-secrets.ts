import { type Keyring, open } from '../access/envelope.ts'
import type { SealedProperty } from './process.ts'

/** The texts of a step's or an action's sealed properties, for the runner that carries it out. */
export const openProperties = async (
  keyring: Keyring,
  sealed: Record<string, SealedProperty>,
): Promise<Record<string, string>> =>
  Object.fromEntries(
    await Promise.all(
      Object.entries(sealed).map(async ([name, property]) => [
        name,
        await open(keyring, property.aad, property.sealed),
      ]),
    ),
  )
