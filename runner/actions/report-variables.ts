import type { ActionContext } from './action.ts'

type Reported = Pick<ActionContext, 'grant' | 'variables' | 'log'>

/** A step's log may hold no more of them. */
const MAX_PRINTED = 20_000
const HIDDEN = '********'

/**
 * Before a step starts: warns of settings that variables of the same name stand before, and prints
 * all variables when the project asks for it.
 * @see https://octopus.com/docs/support/debug-problems-with-octopus-variables
 */
export const reportVariables = (context: Reported): void => {
  warnOfDuplicates(context)
  const { variables } = context
  if (variables.getFlag('OctopusPrintVariables')) print(context, 'raw')
  if (variables.getFlag('OctopusPrintEvaluatedVariables')) print(context, 'evaluated')
}

/** The system says itself which tags a step targets. */
const OWN = new Set(['octopus.action.targetroles'])

const warnOfDuplicates = ({ grant, variables, log }: Reported): void => {
  if (variables.getFlag('OctopusSuppressDuplicateVariableWarning')) return
  const given = new Map(grant.variables.map(({ name, value }) => [name.toLowerCase(), value]))
  for (const [name, setting] of Object.entries(grant.properties)) {
    const value = given.get(name.toLowerCase())
    if (value === undefined || value === setting || OWN.has(name.toLowerCase())) continue
    log.say(
      'warning',
      `The variable ${name} stands before the setting of that name in the step. Rename it, or set ` +
        'OctopusSuppressDuplicateVariableWarning to True.',
    )
  }
}

const SETTING = { raw: 'OctopusPrintVariables', evaluated: 'OctopusPrintEvaluatedVariables' }

const print = ({ variables, log }: Reported, kind: 'raw' | 'evaluated'): void => {
  log.say(
    'warning',
    `${SETTING[kind]} is True: the ${kind} values of all variables follow in the verbose log. Take it ` +
      'away again when you have seen enough.',
  )
  const all = variables.plain().toSorted((left, right) => (left.name < right.name ? -1 : 1))
  for (const { name, value, sensitive } of all.slice(0, MAX_PRINTED)) {
    const text = kind === 'raw' ? (variables.dictionary.getRaw(name) ?? '') : value
    log.say('verbose', `[${name}] = '${sensitive ? HIDDEN : text}'`)
  }
}
