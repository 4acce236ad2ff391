import type { FormState } from '../../ui/components/form.tsx'
import type { VariableEditor } from '../../ui/variables/variable-form.tsx'
import type { VariableLinks } from '../../ui/variables/variable-links.ts'
import type { VariableListProps } from '../../ui/variables/variable-list.tsx'
import type { Question } from '../http/confirmation.tsx'
import { parse } from '../http/input.ts'
import { type PageCall, seeOther } from '../http/page.tsx'
import { fresh, orAgain, pageIn } from '../http/portal-form.ts'
import { readValue, readValues } from './reading.ts'
import { tieWarnings } from './resource.ts'
import type { ScopeValues } from './scope-values.ts'
import { formValues, grouped, options } from './shown.ts'
import { addVariable, deleteVariable, editVariable } from './value-commands.ts'
import { VALUE_KINDS } from './value-store.ts'
import { scopeOf, type VariableRow, variableInput } from './variable.ts'

const NAMES = { Name: 'name', Value: 'value', Description: 'description', Scope: 'environments' }

/** The values of one set in the portal, whoever owns it. */
export type Place = { at: VariableLinks; setId: string; isLibrary: boolean }

export type Editing = { variableId?: string | undefined; form: FormState }

/** What the list of a set's values shows, for the page and the filters that the address asks for. */
export const shownList = async (
  call: PageCall,
  { setId, isLibrary }: Place,
  editing?: Editing,
): Promise<Omit<VariableListProps, 'at' | 'mayEdit'>> => {
  const { query, space } = call
  const { page, paging } = pageIn(query)
  const filters = {
    text: query.text('filter') ?? '',
    kind: VALUE_KINDS.find(kind => kind === query.text('kind')) ?? '',
    scopedTo: query.text('scopedTo') ?? '',
  } as const
  const { rows, total, choices } = await readValues(call, space.id, setId, page, {
    text: filters.text,
    kind: filters.kind === '' ? undefined : filters.kind,
    scopedTo: filters.scopedTo || undefined,
  })
  return {
    variables: grouped(rows, choices),
    paging: paging(total),
    warnings: tieWarnings(rows, choices),
    filters: { ...filters, environments: options(choices.environments) },
    editor: await editorOf(call, { setId, isLibrary }, choices, editing),
  }
}

const editorOf = async (
  call: PageCall,
  { setId, isLibrary }: Pick<Place, 'setId' | 'isLibrary'>,
  choices: ScopeValues,
  editing: Editing | undefined,
): Promise<VariableEditor | undefined> => {
  const { query, space } = call
  const id = editing ? editing.variableId : query.text('edit')
  if (!editing && !id && !query.text('add')) return undefined
  const row = id ? await readValue(call, space.id, setId, id) : undefined
  const form =
    editing?.form ??
    fresh(row ? formValues(row) : { name: query.text('name') ?? '', isSensitive: 'false' })
  return {
    variableId: row?.id,
    form,
    sensitive: row?.isSensitive,
    revision: row?.revision ?? 0,
    pools: options(choices.pools),
    choices: {
      environments: options(choices.environments),
      targetTags: withChosen(options(choices.roles), form.values.targetTags),
      targets: options(choices.machines),
      ...(!isLibrary && { steps: options(choices.actions), channels: options(choices.channels) }),
    },
  }
}

/** Tags that no target carries now stay choosable where they are chosen. */
const withChosen = (known: ReturnType<typeof options>, chosen: string | string[] | undefined) => {
  const values = chosen === undefined ? [] : [chosen].flat()
  const missing = values.filter(value => !known.some(option => option.value === value))
  return [...known, ...missing.map(value => ({ value, label: value }))]
}

/** What the form does not show of a value's scope stays. */
const inputOf = ({ form }: PageCall, before: VariableRow | undefined, isLibrary: boolean) => {
  const value = form.text('value')
  const isSensitive = form.flag('isSensitive')
  const { tenantTag, processOwner } = before ? scopeOf(before) : {}
  return parse(variableInput, {
    Name: form.text('name'),
    Value: isSensitive && value === '' ? null : value,
    Description: form.text('description'),
    IsSensitive: isSensitive,
    Type: isSensitive || form.text('type') === 'Sensitive' ? '' : form.text('type'),
    Prompt: promptIn(form),
    Scope: {
      Environment: form.list('environments'),
      Role: form.list('targetTags'),
      Machine: form.list('targets'),
      ...(!isLibrary && { Action: form.list('steps'), Channel: form.list('channels') }),
      TenantTag: tenantTag ?? [],
      ProcessOwner: processOwner ?? [],
    },
  })
}

const promptIn = (form: PageCall['form']) =>
  form.flag('isPrompted')
    ? {
        Label: form.text('promptLabel'),
        Description: form.text('promptDescription'),
        Required: form.flag('promptRequired'),
        DisplaySettings: {
          'Octopus.ControlType': form.text('promptControl') || 'SingleLineText',
          ...(form.text('promptOptions').trim() !== '' && {
            'Octopus.SelectOptions': form.text('promptOptions').replaceAll('\r', ''),
          }),
        },
      }
    : null

/** Back to where the form was opened, at the value. */
const backTo = ({ form }: PageCall, { at }: Place, id: string): string => {
  const back = form.text('back')
  return `${back.split('?')[0] === at.list ? back : at.list}#variable-${id}`
}

type Again<T> = (editing: Editing) => T

export const addIn = <T,>(call: PageCall, place: Place, again: Again<T>) =>
  orAgain(
    call.form,
    async () => {
      const input = inputOf(call, undefined, place.isLibrary)
      const row = await addVariable(call, call.space.id, place.setId, input)
      return seeOther(backTo(call, place, row.id), {
        kind: 'success',
        message: `${row.name} was added.`,
      })
    },
    form => again({ form }),
    NAMES,
  )

export const saveIn = <T,>(call: PageCall, place: Place, again: Again<T>) => {
  const id = call.params.variable ?? ''
  return orAgain(
    call.form,
    async () => {
      const before = await readValue(call, call.space.id, place.setId, id)
      const input = inputOf(call, before, place.isLibrary)
      const revision = /^\d{1,15}$/.test(call.form.text('revision'))
        ? Number(call.form.text('revision'))
        : undefined
      await editVariable(call, call.space.id, place.setId, id, input, { revision })
      return seeOther(backTo(call, place, id), {
        kind: 'success',
        message: `${input.Name} was saved.`,
      })
    },
    form => again({ variableId: id, form }),
    NAMES,
  )
}

/** What is asked before the value that the address names is deleted. @throws Problem `not_found` */
export const askToRemoveIn = async (
  call: PageCall,
  { at, setId }: Place,
  where: Pick<Question, 'section' | 'crumbs'>,
): Promise<Question> => {
  const row = await readValue(call, call.space.id, setId, call.params.variable ?? '')
  return {
    ...where,
    title: `Delete this value of ${row.name}?`,
    consequence: 'Releases that exist keep it: they froze the variables as they were.',
    verb: 'Delete value',
    back: at.list,
  }
}

export const removeIn = async (call: PageCall, { at, setId }: Place) => {
  const row = await deleteVariable(call, call.space.id, setId, call.params.variable ?? '')
  return seeOther(at.list, { kind: 'success', message: `A value of ${row.name} was deleted.` })
}
