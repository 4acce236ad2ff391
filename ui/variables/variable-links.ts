import { links, withQuery } from '../links.ts'

/** The addresses of one set's values: a project's, or those of a library variable set. */
export type VariableLinks = ReturnType<typeof linksAt>

const linksAt = (list: string) => ({
  list,
  add: (name?: string) => `${withQuery(withQuery(list, 'add', name ?? 'new'), 'name', name)}#edit`,
  value: (id: string) => `${list}/${encodeURIComponent(id)}`,
  deleting: (id: string) => `${list}/${encodeURIComponent(id)}/delete`,
})

export const projectVariables = (projectId: string): VariableLinks =>
  linksAt(links.variables(projectId))

export const libraryVariables = (setId: string): VariableLinks =>
  linksAt(`${links.librarySet(setId)}/values`)
