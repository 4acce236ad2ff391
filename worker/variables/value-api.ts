import * as z from 'zod'
import type { Call } from '../http/call.ts'
import { collection, pageOf } from '../http/paging.ts'
import { invalid } from '../http/problem.ts'
import { created, nothing, type Route, route } from '../http/route.ts'
import { readValue, readValues } from './reading.ts'
import { valueResource } from './resource.ts'
import { addVariable, deleteVariable, editVariable } from './value-commands.ts'
import { VALUE_KINDS, type ValueKind } from './value-store.ts'
import { variableInput } from './variable.ts'

const space = { area: 'space' } as const
/** A value of a megabyte, with its name and scope, however it is escaped. */
const VALUE_BYTES = 8_388_608

/** `Revision` says which state of the value was changed; left out, whatever it is by now. */
const changedInput = z.intersection(
  variableInput,
  z.object({ Revision: z.number().int().min(0).nullish() }),
)

const kindOf = ({ query }: Call): ValueKind | undefined => {
  const asked = query.text('kind')?.toLowerCase()
  if (asked === undefined) return undefined
  const kind = VALUE_KINDS.find(each => each === asked)
  if (!kind) throw invalid(`kind must be one of ${VALUE_KINDS.join(', ')}; found '${asked}'.`)
  return kind
}

const idOf = ({ params }: Call) => params.id ?? ''
const variableOf = ({ params }: Call) => params.variable ?? ''

/** One value at a time: however many a set has, none of the others is read or written. */
export const valueApi: Route[] = [
  route({
    ...space,
    method: 'GET',
    path: '/variables/{id}/values',
    permission: 'VariableView',
    summary: 'A page of the values of a set, by name',
    handler: async call => {
      const page = pageOf(call.query)
      const { rows, total } = await readValues(call, call.space.id, idOf(call), page, {
        text: call.query.text('filter'),
        scopedTo: call.query.text('scopedTo'),
        kind: kindOf(call),
      })
      return collection('Variable', rows.map(valueResource), total, page, call.request.url)
    },
  }),
  route({
    ...space,
    method: 'POST',
    path: '/variables/{id}/values',
    permission: 'VariableEdit',
    schema: variableInput,
    bodyBytes: VALUE_BYTES,
    summary: 'Add one value',
    handler: async call =>
      created(valueResource(await addVariable(call, call.space.id, idOf(call), call.body))),
  }),
  route({
    ...space,
    method: 'GET',
    path: '/variables/{id}/values/{variable}',
    permission: 'VariableView',
    summary: 'Get one value',
    handler: async call =>
      valueResource(await readValue(call, call.space.id, idOf(call), variableOf(call))),
  }),
  route({
    ...space,
    method: 'PUT',
    path: '/variables/{id}/values/{variable}',
    permission: 'VariableEdit',
    schema: changedInput,
    bodyBytes: VALUE_BYTES,
    summary: 'Change one value',
    handler: async call => {
      const { Revision, ...input } = call.body
      const expected = { revision: Revision ?? undefined }
      const [spaceId, setId, id] = [call.space.id, idOf(call), variableOf(call)]
      return valueResource(await editVariable(call, spaceId, setId, id, input, expected))
    },
  }),
  route({
    ...space,
    method: 'DELETE',
    path: '/variables/{id}/values/{variable}',
    permission: 'VariableEdit',
    summary: 'Delete one value',
    handler: async call => {
      await deleteVariable(call, call.space.id, idOf(call), variableOf(call))
      return nothing()
    },
  }),
]
