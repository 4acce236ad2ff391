/** Where a request goes, once the freedom that clients take with URLs is used up. */
export type Destination = {
  /** `/api/-/projects/Projects-1`: fixed words in lower case, the space taken out. */
  path: string
  /** The space's id or slug as the URL has it; undefined when it names none. */
  space: string | undefined
}

/**
 * Letter case of fixed words, doubled and trailing slashes do not matter, and the space may stand
 * as `/api/Spaces-1/x`, `/api/spaces/Spaces-1/x`, `/api/its-slug/x` or not at all. Works on the undecoded path, so
 * that an escaped slash inside a name stays inside it.
 * @param words the fixed segments of all routes, in lower case
 * @param systemWords first segments after `/api` that belong to no space
 */
export const destination = (
  pathname: string,
  words: ReadonlySet<string>,
  systemWords: ReadonlySet<string>,
): Destination => {
  const segments = pathname
    .split('/')
    .filter(segment => segment !== '')
    .map(segment => (words.has(segment.toLowerCase()) ? segment.toLowerCase() : segment))
  if (segments[0] !== 'api') return { path: `/${segments.join('/')}`, space: undefined }
  const [, first, second, ...rest] = segments
  const join = (space: string | undefined, tail: (string | undefined)[]): Destination => ({
    path: ['/api/-', ...tail.filter(segment => segment !== undefined)].join('/'),
    space,
  })
  if (first === undefined) return { path: '/api', space: undefined }
  if (SPACE_ID.test(first)) return join(first, [second, ...rest])
  if (
    first === 'spaces' &&
    second !== undefined &&
    rest.length > 0 &&
    !systemWords.has(`spaces/${rest[0]}`)
  )
    return join(second, rest)
  if (systemWords.has(first)) return { path: `/${segments.join('/')}`, space: undefined }
  // What is no word of ours can only be a space's slug.
  if (!words.has(first)) return join(first, [second, ...rest])
  return join(undefined, [first, second, ...rest])
}

const SPACE_ID = /^spaces-\d{1,10}$/i
