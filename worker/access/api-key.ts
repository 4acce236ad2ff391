/** What a key may look like; clients refuse others before they send a request. */
export const API_KEY = /^API-[A-Z0-9]{1,100}$/

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
const KEY_CHARACTERS = 32

/** A new key with 160 random bits: `API-` and 32 characters of base32. */
export const generateApiKey = (): string => {
  const bytes = crypto.getRandomValues(new Uint8Array(KEY_CHARACTERS))
  return `API-${Array.from(bytes, byte => ALPHABET[byte & 31]).join('')}`
}

/** What stays visible of a key, enough to tell two apart and nothing to guess from. */
export const hintOf = (key: string): string => `${key.slice(0, 7)}…`
