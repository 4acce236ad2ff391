/** Shorter values cannot be found in a log without blotting out half of it. */
export const MIN_SECRET_LENGTH = 4

/** Values so common that masking them would do the same. */
const COMMON = new Set(['true', 'false', 'null', 'none'])

/** Why a secret could not be kept out of logs; undefined when it can. */
export const whyNotMaskable = (value: string): string | undefined => {
  if (value.length < MIN_SECRET_LENGTH)
    return `has fewer than ${MIN_SECRET_LENGTH} characters, too few to be masked in logs`
  if (COMMON.has(value.toLowerCase()))
    return 'is a word that every log is full of, so it cannot be masked'
  return undefined
}
