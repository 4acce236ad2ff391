import { links, withQuery } from '../links.ts'

/** The addresses of one set's values: a project's, or those of a library variable set. */
export type VariableLinks = ReturnType<typeof linksAt>

const linksAt = (list: string, values: string) => ({
  /** The page with the list. */
  list,
  /** Where a new value is posted to. */
  values,
  add: (name?: string) => `${withQuery(withQuery(list, 'add', name ?? 'new'), 'name', name)}#edit`,
  value: (id: string) => `${values}/${encodeURIComponent(id)}`,
  deleting: (id: string) => `${values}/${encodeURIComponent(id)}/delete`,
})

export const projectVariables = (projectId: string): VariableLinks =>
  linksAt(links.variables(projectId), links.variables(projectId))

export const libraryVariables = (setId: string): VariableLinks =>
  linksAt(links.librarySet(setId), links.librarySetValues(setId))
