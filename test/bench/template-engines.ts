import { createRequire } from 'node:module'
import { Eta } from 'eta'
import Handlebars from 'handlebars'
import { compileTemplate, VariableDictionary } from '../../runner/substitution/evaluate.ts'

const load = createRequire(import.meta.url)
/** These two come without types. */
const dot = load('dot') as {
  template: (template: string, settings: object) => (values: Values) => string
  templateSettings: object
}
const Mustache = load('mustache') as {
  parse: (template: string) => unknown
  render: (template: string, values: Values) => string
  clearCache: () => void
}

export type Values = Readonly<Record<string, string>>
export type Render = (values: Values) => string

/** How an engine writes a token, and how it is used. Escaping is off everywhere, as here. */
export type Engine = {
  name: string
  token: (variable: string) => string
  /** Whatever can be done before the values are known. */
  compile: (template: string) => Render
  /** Forgets what it keeps between templates, so that each is compiled anew. */
  forget: () => void
}

const eta = new Eta({ autoEscape: false, cache: false })
const LIMITS = { maxOutputLength: 16 * 1024 * 1024, maxSteps: 20_000_000 }
/** Engines take values as they are; here they are put into a tree once, as for a step. */
let last: { values: Values; dictionary: VariableDictionary } | undefined

const dictionaryOf = (values: Values): VariableDictionary => {
  if (last?.values !== values) last = { values, dictionary: new VariableDictionary(values) }
  return last.dictionary
}

export const SLIPWAY: Engine = {
  name: 'slipway',
  token: variable => `#{${variable}}`,
  compile: template => {
    const render = compileTemplate(template, { haltOnError: false })
    return values => render(dictionaryOf(values), LIMITS).value ?? ''
  },
  forget: () => {},
}

/** The engines for JavaScript that are known to be quick, and one that does not generate code. */
export const OTHERS: readonly Engine[] = [
  {
    name: 'doT',
    token: variable => `{{=it.${variable}}}`,
    compile: template => {
      const render = dot.template(template, { ...dot.templateSettings, strip: false })
      return values => render(values)
    },
    forget: () => {},
  },
  {
    name: 'eta',
    token: variable => `<%= it.${variable} %>`,
    compile: template => {
      const render = eta.compile(template)
      return values => render.call(eta, values)
    },
    forget: () => {},
  },
  {
    name: 'handlebars',
    token: variable => `{{${variable}}}`,
    compile: template => Handlebars.compile(template, { noEscape: true }),
    forget: () => {},
  },
  {
    name: 'mustache',
    token: variable => `{{&${variable}}}`,
    compile: template => {
      Mustache.parse(template)
      return values => Mustache.render(template, values)
    },
    forget: () => Mustache.clearCache(),
  },
]
