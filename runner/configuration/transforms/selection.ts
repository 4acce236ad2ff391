import { posix } from 'node:path'
import type { VariableDictionary } from '../../substitution/variable-dictionary.ts'
import { type Definition, definitionsOf, isAutomatic } from './definition.ts'
import { matchesName } from './name-pattern.ts'

export type Selection = {
  /** Transforms by the file they are applied to, in order. */
  transforms: Map<string, string[]>
  /** What the step names and nothing answers to. */
  unmatched: string[]
}

/** Finds out which of the files transform which others. Each pair is applied once, in the order the
 *  definitions have.
 *  @param files all of a folder, relative to it, with slashes
 *  @param listFolder names of the files of an absolute folder outside
 *  @see https://octopus.com/docs/projects/steps/configuration-features/configuration-transforms */
export const selectTransforms = (
  files: readonly string[],
  variables: VariableDictionary,
  listFolder: (folder: string) => readonly string[] = () => [],
): Selection => {
  const definitions = definitionsOf(variables)
  const targets = targetsAmong(files, definitions, isAutomatic(variables))
  const folders = new Map<string, string[]>()
  for (const file of files) {
    const folder = posix.dirname(file)
    folders.set(folder, [...(folders.get(folder) ?? []), posix.basename(file)])
  }
  const namesIn = (folder: string) => [
    ...(folders.get(folder) ?? []),
    ...(posix.isAbsolute(folder) ? listFolder(folder) : []),
  ]
  const transforms = new Map<string, string[]>()
  const matched = new Set<Definition>()
  for (const target of targets) {
    for (const definition of definitions) {
      for (const transform of transformsFor(target, definition, namesIn)) {
        matched.add(definition)
        const known = transforms.get(target) ?? []
        if (!known.includes(transform)) transforms.set(target, [...known, transform])
      }
    }
  }
  const unmatched = definitions.filter(
    one => !matched.has(one) && !(one.kind === 'suffix' && one.isAutomatic),
  )
  return { transforms, unmatched: unmatched.map(({ text }) => text) }
}

/** By extension: `.config` when the search is automatic, and those of named targets. When nothing
 *  says which, every file may be one. */
const targetsAmong = (
  files: readonly string[],
  definitions: readonly Definition[],
  isSearching: boolean,
): string[] => {
  const extensions = new Set(isSearching ? ['.config'] : [])
  for (const one of definitions)
    if (one.kind === 'pair') extensions.add(posix.extname(`x.${one.target.name}`))
  return files.filter(file => extensions.size === 0 || extensions.has(posix.extname(file)))
}

const transformsFor = (
  target: string,
  definition: Definition,
  namesIn: (folder: string) => readonly string[],
): string[] => {
  const folder = posix.dirname(target)
  const name = posix.basename(target)
  let within: string
  let wanted: string[]
  let isWild = false
  if (definition.kind === 'suffix') {
    within = folder
    const stem = name.slice(0, name.length - posix.extname(name).length)
    wanted = withConfig(definition.suffix).map(suffix => `${stem}.${suffix}`)
  } else {
    const { transform, target: pattern } = definition
    const base = baseFolder(folder, pattern.folder)
    if (base === undefined || !isNamed(name, pattern.name, pattern.isWild)) return []
    within = posix.join(base, transform.folder)
    if (posix.isAbsolute(transform.folder)) within = transform.folder
    const stem = name.slice(0, name.length - pattern.name.length)
    isWild = transform.isWild && !pattern.isWild
    const isPaired = transform.isWild && pattern.isWild
    wanted = withConfig(transform.name).map(one => (isPaired ? stem : '') + one)
  }
  const patterns = wanted.map(one => (isWild ? `*.${one}` : one))
  const rank = (one: string) => patterns.findIndex(pattern => matchesName(one, pattern))
  return namesIn(within)
    .filter(one => rank(one) >= 0)
    .sort((a, b) => rank(a) - rank(b))
    .map(one => posix.join(within, one))
    .filter(one => one !== target)
}

const withConfig = (name: string): string[] =>
  name.endsWith('.config') ? [name] : [`${name}.config`, name]

const isNamed = (name: string, wanted: string, isWild: boolean): boolean =>
  isWild
    ? name.toLowerCase().endsWith(`.${wanted.toLowerCase()}`)
    : name.toLowerCase() === wanted.toLowerCase()

/** The folder from which both sides of a pair are seen; `undefined` when the target lies in
 *  another than the one that is named. */
const baseFolder = (folder: string, named: string): string | undefined => {
  if (named === '') return folder
  const [whole, end] = [`/${folder}`.toLowerCase(), `/${named}`.toLowerCase()]
  return whole.endsWith(end)
    ? folder.slice(0, Math.max(folder.length - named.length - 1, 0)) || '.'
    : undefined
}
