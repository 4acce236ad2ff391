import type { Limits } from './budget.ts'
import type { Substitution, Template, Token } from './template.ts'
import { fold, type VariableNode } from './variable-tree.ts'

/** Mostly templates are text with names in it: `#{Name}` and `#{Name.Of.More}`. */
export type Reference = { key: string; further: readonly string[]; token: Substitution }

/** A template as it is evaluated: text as it is, references with the keys they are found by, and all
 *  other tokens. */
export type Prepared = {
  template: Template
  parts: readonly (string | Reference | Token)[]
  /** There is nothing but text and references. */
  isSimple: boolean
}

const known = new WeakMap<Template, Prepared>()

/** Prepares a template once, however often it is evaluated. */
export const prepare = (template: Template): Prepared => {
  let prepared = known.get(template)
  if (!prepared) {
    const parts = template.map(partOf)
    prepared = {
      template,
      parts,
      isSimple: parts.every(part => typeof part === 'string' || isReference(part)),
    }
    known.set(template, prepared)
  }
  return prepared
}

export const isReference = (part: Reference | Token): part is Reference => 'key' in part

const partOf = (token: Token): string | Reference | Token => {
  if (token.kind === 'text') return token.text
  if (token.kind !== 'substitution' || token.expression.kind !== 'symbol') return token
  const keys: string[] = []
  for (const step of token.expression.steps) {
    if (step.kind !== 'name') return token
    keys.push(fold(step.name))
  }
  const [key = '', ...further] = keys
  return { key, further, token }
}

/** The place of a reference, if its value is text without a token. */
export const plainNode = (
  { key, further }: Reference,
  root: VariableNode,
): VariableNode | undefined => {
  let node = root.members.get(key)
  for (let index = 0; node && index < further.length; index++)
    node = node.members.get(further[index] as string)
  return node?.isPlain ? node : undefined
}

/** What text and plain values make costs no evaluation: they are put together. `undefined` where it
 *  takes more than that, or more than is allowed. */
export const plainText = (
  { parts, isSimple }: Prepared,
  root: VariableNode,
  { maxOutputLength, maxSteps }: Limits,
): string | undefined => {
  if (!isSimple) return undefined
  let text = ''
  for (const part of parts) {
    if (typeof part === 'string') text += part
    else {
      const node = plainNode(part as Reference, root)
      if (!node) return undefined
      text += node.value as string
    }
    if (text.length > maxOutputLength) return undefined
  }
  return 3 * parts.length + (text.length >> 6) <= maxSteps ? text : undefined
}

/** The variables whose values are in a plain text. */
export const plainVariables = ({ parts }: Prepared, root: VariableNode): Set<string> => {
  const used = new Set<string>()
  for (const part of parts) {
    if (typeof part === 'string' || !isReference(part)) continue
    const variable = plainNode(part, root)?.variable
    if (variable !== undefined) used.add(variable)
  }
  return used
}
