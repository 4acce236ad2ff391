const SHOWN = 60
const BEFORE = 15

/** Where two values differ first: the way there, and what stands there on either side. `undefined`
 *  of equal ones. */
export const firstDifference = (expected: unknown, got: unknown, path = ''): string | undefined => {
  if (Object.is(expected, got)) return undefined
  if (typeof expected === 'string' && typeof got === 'string')
    return differenceOfTexts(expected, got, path)
  if (!isObject(expected) || !isObject(got) || Array.isArray(expected) !== Array.isArray(got))
    return told(path, shown(expected), shown(got))
  for (const key of new Set([...Object.keys(expected), ...Object.keys(got)])) {
    const inner = Array.isArray(expected) ? `${path}[${key}]` : `${path}${path && '.'}${key}`
    const difference = firstDifference(expected[key], got[key], inner)
    if (difference !== undefined) return difference
  }
  return undefined
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

const differenceOfTexts = (expected: string, got: string, path: string): string => {
  let at = 0
  while (expected[at] === got[at]) at++
  const line = expected.slice(0, at).split('\n').length
  const place = `${path}${path && ', '}line ${line}, character ${at + 1}`
  const from = Math.max(at - BEFORE, 0)
  const around = (text: string) => shown(text.slice(from, from + SHOWN))
  return told(place, around(expected), around(got))
}

const shown = (value: unknown): string => {
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 2 * SHOWN ? `${text.slice(0, 2 * SHOWN)}…` : text
}

const told = (place: string, expected: string, got: string): string =>
  `${place && `${place}: `}expected ${expected}, got ${got}`
