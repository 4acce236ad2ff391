import { invalid } from '../http/problem.ts'

/** `Web:1.2.3`, `Acme.Web:1.2.3` or `Web:tools:1.2.3`: what a request says about versions. */
export type PackageSpec = {
  /** As it was written, for messages. */
  text: string
  /** Step name or package id; `*` for any. */
  target: string
  /** Name of the package reference; `*` for any, empty for the step's primary package. */
  reference: string
  version: string
}

const MAX_SPECS = 500
const PART_LENGTH = 400

/** A colon inside a name is written `\:`. An equals sign separates too, if there is no colon.
 *  @throws Problem `invalid` */
export const parsePackageSpecs = (texts: readonly string[]): PackageSpec[] => {
  if (texts.length > MAX_SPECS)
    throw invalid(`Packages may name ${MAX_SPECS} versions; found ${texts.length}.`)
  return texts.map(parsePackageSpec)
}

const parsePackageSpec = (text: string): PackageSpec => {
  let parts = split(text, ':')
  if (parts.length === 1) parts = split(text, '=')
  const [target = '', second = '', third] = parts
  const version = third ?? second
  const reference = third === undefined ? ANY : second
  if (parts.length > 3 || target === '' || version === '' || text.length > 3 * PART_LENGTH)
    throw invalid(
      `Packages: '${text.slice(0, 200)}' must be Step:Version, PackageId:Version or ` +
        'Step:Reference:Version; * stands for any step or reference.',
    )
  return { text, target, reference, version }
}

export const ANY = '*'

const split = (text: string, separator: ':' | '='): string[] => {
  const parts = ['']
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? ''
    if (char === '\\' && text[at + 1] === separator) {
      parts[parts.length - 1] += separator
      at++
    } else if (char === separator) parts.push('')
    else parts[parts.length - 1] += char
  }
  return parts.map(part => part.trim())
}

/** How closely a specification fits; higher wins, 0 does not fit. A name goes before a package id,
 *  that before any; at equal places a named reference before any. */
export const fitOf = (
  spec: PackageSpec,
  need: { stepName: string; actionName: string; packageId: string; referenceName: string },
): number => {
  const same = (left: string, right: string) => left.toLowerCase() === right.toLowerCase()
  const byName = same(spec.target, need.actionName) || same(spec.target, need.stepName)
  const target = byName ? 4 : same(spec.target, need.packageId) ? 2 : spec.target === ANY ? 1 : 0
  if (target === 0) return 0
  if (spec.reference === ANY) return target * 10
  return same(spec.reference, need.referenceName) ? target * 10 + 1 : 0
}
