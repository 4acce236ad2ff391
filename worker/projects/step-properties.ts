import type { FormFields } from '../http/form.ts'

/** Parts of a process in the API's words. */
export type Document = Record<string, unknown>
export type Properties = Record<string, unknown>

export const SCRIPT = 'Octopus.Script'
export const PACKAGE = 'Octopus.TentaclePackage'
export const MANUAL = 'Octopus.Manual'

export const propertiesOf = (document: Document | undefined): Properties =>
  (document?.Properties as Properties | undefined) ?? {}

export const actionsOf = (step: Document | undefined): Document[] =>
  (step?.Actions as Document[] | undefined) ?? []

/** An empty text takes the property away. */
export const put = (before: Properties, values: Record<string, string>): Properties => {
  const after = { ...before }
  for (const [name, value] of Object.entries(values))
    if (value === '') delete after[name]
    else after[name] = value
  return after
}

/** What is wrong with which field of a form. */
export type FieldErrors = Record<string, string>
export type Check = (form: FormFields) => FieldErrors
