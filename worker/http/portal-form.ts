import { type FormState, filled } from '../../ui/components/form.tsx'
import type { Paging } from '../../ui/components/paging.tsx'
import type { FormFields } from './form.ts'
import type { Page } from './paging.ts'
import { Problem } from './problem.ts'
import type { Query } from './query.ts'

/** Field of the API → field of the form, where the form does not call it the same; `''` takes what no
 *  other name takes. */
export type FieldNames = Record<string, string>

/**
 * What a refused form is shown with: all that was typed, and each sentence at its field.
 * @throws whatever is no matter of the form: defects, missing rights
 */
export const refusedForm = (
  form: FormFields,
  error: unknown,
  names: FieldNames = {},
): FormState => {
  if (!(error instanceof Problem) || ['forbidden', 'unauthenticated'].includes(error.code))
    throw error
  return { values: form.values, errors: errorsOf(error, names, form.values) }
}

const errorsOf = (
  problem: Problem,
  names: FieldNames,
  sent: Record<string, unknown>,
): Record<string, string> => {
  const fields = Object.entries(problem.detail.fields ?? {})
  const rest = names[''] ?? ''
  if (fields.length === 0) return { [rest]: (problem.detail.errors ?? [problem.message]).join(' ') }
  return Object.fromEntries(
    fields.map(([path, text]) => {
      const sentence = text.startsWith(`${path}: `) ? text.slice(path.length + 2) : text
      const [first = ''] = path.split('.')
      const own = Object.hasOwn(sent, path) ? path : rest
      return [names[path] ?? names[first] ?? own, capital(sentence)]
    }),
  )
}

const capital = (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1)

/** Does the deed, or shows the form again with why not. */
export const orAgain = async <T>(
  form: FormFields,
  deed: () => Promise<Response>,
  again: (form: FormState) => T,
  names?: FieldNames,
): Promise<Response | Awaited<T>> => {
  try {
    return await deed()
  } catch (error) {
    return await again(refusedForm(form, error, names))
  }
}

/** A form as it is first shown. */
export const fresh = filled

/** Names separated by commas. */
export const listed = (text: string): string[] => [
  ...new Set(
    text
      .split(/[,\n]/)
      .map(each => each.trim())
      .filter(each => each !== ''),
  ),
]

/** The page of a list that `?page=` asks for; they count from 1. */
export const pageIn = (
  query: Query,
  pageSize = 50,
): { page: Page; paging: (total: number) => Paging } => {
  const number = query.integer('page', 1, { min: 1, max: 1_000_000 })
  return {
    page: { skip: (number - 1) * pageSize, take: pageSize },
    paging: total => ({ page: number, pageSize, total }),
  }
}
