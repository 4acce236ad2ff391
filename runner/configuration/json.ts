import { type Json, parseJson } from '../substitution/json.ts'
import { formatDouble } from '../substitution/number.ts'
import type { VariableDictionary } from '../substitution/variable-dictionary.ts'
import { fold } from '../substitution/variable-tree.ts'
import { isReserved } from './names.ts'
import type { Replacement } from './replacement.ts'

const MAX_CHARACTERS = 16 * 1024 * 1024

/** Values by path: `Mail:Host`, `Mail:To:0`. A number stays a number and a boolean a boolean when
 *  the value is one. Comments are lost: the text is written anew. */
export const replaceInJson = (text: string, variables: VariableDictionary): Replacement => {
  const root = readJson(text)
  if (root === undefined) return { parses: false, reason: 'It is not well-formed JSON.' }
  const places = placesOf(root)
  const warnings: string[] = []
  let replaced = 0
  for (const name of variables.names()) {
    const place = isReserved(name) ? undefined : places.get(fold(name))
    if (!place) continue
    replaced++
    const value = converted(variables.get(name), place.value)
    if (value === undefined)
      warnings.push(`${name}: expected JSON to replace an object or array; it is kept as it was.`)
    else place.set(value)
  }
  return { parses: true, text: printJson(root), replaced, warnings }
}

/** `undefined` when it is no JSON; a single value counts as well. */
const readJson = (text: string): Json | undefined => {
  if (text.length > MAX_CHARACTERS) return undefined
  if (/^\s*(?:[[{]|\/[/*])/.test(text)) return parseJson(text)
  const alone = parseJson(`[${text}\n]`)
  return Array.isArray(alone) && alone.length === 1 ? alone[0] : undefined
}

type Place = { value: Json; set: (value: Json) => void }

/** Every value by its path, as the file was: what is put in is not looked into again. */
const placesOf = (root: Json): Map<string, Place> => {
  const places = new Map<string, Place>()
  const visit = (container: Json, path: string) => {
    const members =
      container instanceof Map
        ? container
        : Array.isArray(container)
          ? container.map((value, index) => [String(index), value] as const)
          : []
    for (const [key, value] of members) {
      const address = path === '' && container === root ? key : `${path}:${key}`
      const set = (replacement: Json) => {
        if (container instanceof Map) container.set(key, replacement)
        else if (Array.isArray(container)) container[Number(key)] = replacement
      }
      places.set(fold(address), { value, set })
      visit(value, address)
    }
  }
  visit(root, '')
  return places
}

/** `undefined` when an object or array cannot be replaced by it. */
const converted = (value: string | null, old: Json): Json | undefined => {
  if (value === null) return null
  if (typeof old === 'boolean') return asBoolean(value) ?? value
  if (old === null || typeof old === 'string') return value
  if (Array.isArray(old) || old instanceof Map) return readJson(value)
  return asNumber(value) ?? value
}

const asBoolean = (text: string): boolean | undefined =>
  ({ true: true, false: false })[text.trim().toLowerCase()]

const asNumber = (text: string): Json | undefined => {
  const plain = text.trim().replace(/^\+/, '')
  if (/^-?\d+$/.test(plain) && plain.length < 21) {
    const whole = BigInt(plain)
    if (BigInt.asIntN(64, whole) === whole) return { number: String(whole), isWhole: true }
  }
  if (!/^-?(?:\d[\d,]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(plain)) return undefined
  const double = Number(plain.replaceAll(',', ''))
  return Number.isFinite(double) ? { number: formatDouble(double), isWhole: false } : undefined
}

const printJson = (value: Json, indent = ''): string => {
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return JSON.stringify(value)
  const inner = `${indent}  `
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]'
    return `[\n${value.map(one => inner + printJson(one, inner)).join(',\n')}\n${indent}]`
  }
  if (value instanceof Map) {
    if (value.size === 0) return '{}'
    const members = [...value].map(
      ([key, member]) => `${inner}${JSON.stringify(key)}: ${printJson(member, inner)}`,
    )
    return `{\n${members.join(',\n')}\n${indent}}`
  }
  if (!/\d/.test(value.number)) return JSON.stringify(value.number)
  return value.isWhole || /[.E]/.test(value.number) ? value.number : `${value.number}.0`
}
