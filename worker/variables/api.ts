import type { Call } from '../http/call.ts'
import { invalid, Problem } from '../http/problem.ts'
import { type Route, route } from '../http/route.ts'
import { saveSet } from './commands.ts'
import { libraryApi } from './library-api.ts'
import { previewVariables, readFrozenSet, readSet, variableNames } from './reading.ts'
import { previewResource, setResource } from './resource.ts'
import { valueApi } from './value-api.ts'
import { setInput } from './variable.ts'

const space = { area: 'space' } as const
/** Ten thousand values with their names and scopes. */
const SET_BYTES = 16_777_216
const SNAPSHOT = /-s-\d+-[A-Z0-9]+$/i
const MANY = 10_000

const read = async (call: Call, id: string) => {
  const { set, rows, choices } = SNAPSHOT.test(id)
    ? await readFrozenSet(call, call.space.id, id)
    : await readSet(call, call.space.id, id)
  return setResource(set, rows, choices)
}

/** In lists an unknown id is no error. */
const readKnown = async (call: Call, id: string) => {
  try {
    return [await read(call, id)]
  } catch (error) {
    if (error instanceof Problem && error.code === 'not_found') return []
    throw error
  }
}

const projectOf = ({ query }: Call): string => {
  const project = query.text('project')
  if (!project) throw invalid('project must name the project whose variables are asked for.')
  return project
}

/** Everything unless a page is asked for. */
const pageOf = ({ query }: Call) => ({
  skip: query.integer('skip', 0, { min: 0, max: MANY * 10 }),
  take: query.integer('take', MANY, { min: 1, max: MANY }),
})

const previewed = async (call: Call) => {
  const { query } = call
  const asked = {
    tenant: query.text('tenant'),
    runbook: query.text('runbook'),
    environment: query.text('environment'),
    machine: query.text('machine'),
    role: query.text('role'),
    action: query.text('action'),
    channel: query.text('channel'),
  }
  const page = pageOf(call)
  const filter = query.text('filter')
  const { variables, total, isPartial, owners } = await previewVariables(
    call,
    call.space.id,
    projectOf(call),
    asked,
    { page, filter },
  )
  return {
    TotalResults: total,
    IsPartial: isPartial,
    Variables: variables.map(each => previewResource(each, owners)),
  }
}

export const variableRoutes: Route[] = [
  route({
    ...space,
    method: 'GET',
    path: '/variables/all',
    permission: 'VariableView',
    summary: 'Several variable sets by id',
    handler: async call => {
      const ids = (call.query.list('ids') ?? []).slice(0, 100)
      const sets = []
      for (const id of ids) sets.push(...(await readKnown(call, id)))
      return sets
    },
  }),
  route({
    ...space,
    method: 'GET',
    path: '/variables/names',
    permission: 'VariableView',
    summary: 'Names of the variables a project can use',
    handler: call => variableNames(call, call.space.id, projectOf(call)),
  }),
  route({
    ...space,
    method: 'GET',
    path: '/variables/preview',
    permission: 'VariableView',
    summary: 'Which value each variable has somewhere, and why',
    handler: previewed,
  }),
  route({
    ...space,
    method: 'GET',
    path: '/variables/{id}',
    permission: 'VariableView',
    summary: 'Get a variable set, or a snapshot of one',
    handler: call => read(call, call.params.id ?? ''),
  }),
  route({
    ...space,
    method: 'PUT',
    path: '/variables/{id}',
    permission: 'VariableEdit',
    schema: setInput,
    bodyBytes: SET_BYTES,
    summary: 'Replace the values of a variable set',
    handler: async call => {
      const id = call.params.id ?? ''
      if (SNAPSHOT.test(id)) throw invalid('A snapshot belongs to a release and cannot be changed.')
      const { set, rows, choices } = await saveSet(call, call.space.id, id, call.body)
      return setResource(set, rows, choices)
    },
  }),
  ...valueApi,
  ...libraryApi,
]
