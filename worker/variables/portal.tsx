import { ConfirmPage } from '../../ui/components/confirm-page.tsx'
import type { Option } from '../../ui/components/fields.tsx'
import type { FormState } from '../../ui/components/form.tsx'
import { links } from '../../ui/links.ts'
import type { VariableEditor } from '../../ui/projects/variable-form.tsx'
import {
  type VariableRow as ShownVariable,
  VariablesPage,
} from '../../ui/projects/variables-page.tsx'
import { parse } from '../http/input.ts'
import { action, type PageCall, page, seeOther } from '../http/page.tsx'
import { fresh, orAgain } from '../http/portal-form.ts'
import { notFound } from '../http/problem.ts'
import { visibleProject } from '../projects/portal-project.ts'
import { addVariable, deleteVariable, editVariable } from './commands.ts'
import { type ReadSet, readSet } from './reading.ts'
import type { Choice, ScopeValues } from './scope-values.ts'
import { scopeOf, type VariableRow, variableInput } from './variable.ts'

const NAMES = { Name: 'name', Value: 'value', Description: 'description', Scope: 'environments' }

const load = async (call: PageCall) => {
  const { project, head } = await visibleProject(call, call.params.id ?? '')
  const read = await readSet(call, call.space.id, `variableset-${project.id}`)
  return { project, head, read }
}

type Editing = { variableId?: string | undefined; form: FormState }

const show = async (call: PageCall, editing?: Editing) => {
  const { head, read } = await load(call)
  const filter = call.query.text('filter') ?? ''
  return (
    <VariablesPage
      frame={call.frame}
      project={head}
      filter={filter}
      variables={grouped(read, filter)}
      editor={editorOf(call, read, editing)}
    />
  )
}

const grouped = ({ rows, choices }: ReadSet, filter: string): ShownVariable[] => {
  const part = filter.trim().toLowerCase()
  const matching = rows.filter(
    row =>
      row.name.toLowerCase().includes(part) ||
      (!row.isSensitive && (row.value ?? '').toLowerCase().includes(part)),
  )
  const names = new Map<string, ShownVariable>()
  for (const row of matching) {
    const key = row.name.toLowerCase()
    const known = names.get(key) ?? { name: row.name, values: [] }
    known.values.push({
      id: row.id,
      value: row.isSensitive ? undefined : (row.value ?? ''),
      sensitive: row.isSensitive,
      description: row.description,
      scope: namesOf(row, choices),
    })
    names.set(key, known)
  }
  return [...names.values()].sort((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1))
}

const namesOf = (row: Pick<VariableRow, 'scope'>, choices: ScopeValues) => {
  const scope = scopeOf(row)
  const named = (ids: readonly string[] | undefined, known: Choice[]) =>
    (ids ?? []).map(id => known.find(choice => choice.id === id)?.name ?? `${id} (deleted)`)
  return {
    environments: named(scope.environment, choices.environments),
    targetTags: [...(scope.role ?? [])],
    targets: named(scope.machine, choices.machines),
    steps: named(scope.action, choices.actions),
    channels: named(scope.channel, choices.channels),
  }
}

const editorOf = (
  call: PageCall,
  { set, rows, choices }: ReadSet,
  editing: Editing | undefined,
): VariableEditor | undefined => {
  const add = call.query.text('add')
  const edit = call.query.text('edit')
  const row = rows.find(({ id }) => id === (editing?.variableId ?? edit))
  if (!editing && !row && !add) return undefined
  const form =
    editing?.form ??
    fresh(row ? valuesOf(row) : { name: call.query.text('name') ?? '', isSensitive: 'false' })
  return {
    variableId: editing ? editing.variableId : row?.id,
    form,
    sensitive: row?.isSensitive,
    version: set.version,
    choices: {
      environments: options(choices.environments),
      targetTags: withChosen(options(choices.roles), form.values.targetTags),
      targets: options(choices.machines),
      steps: options(choices.actions),
    },
  }
}

const options = (choices: Choice[]): Option[] =>
  choices.map(({ id, name }) => ({ value: id, label: name }))

/** Tags that no target carries now stay choosable where they are chosen. */
const withChosen = (known: Option[], chosen: string | string[] | undefined): Option[] => {
  const values = chosen === undefined ? [] : [chosen].flat()
  const missing = values.filter(value => !known.some(option => option.value === value))
  return [...known, ...missing.map(value => ({ value, label: value }))]
}

const valuesOf = (row: VariableRow): FormState['values'] => {
  const scope = scopeOf(row)
  return {
    name: row.name,
    value: row.isSensitive ? '' : (row.value ?? ''),
    description: row.description,
    isSensitive: String(row.isSensitive),
    environments: [...(scope.environment ?? [])],
    targetTags: [...(scope.role ?? [])],
    targets: [...(scope.machine ?? [])],
    steps: [...(scope.action ?? [])],
  }
}

/** What the form does not show of a value's scope stays. */
const inputOf = ({ form }: PageCall, before: VariableRow | undefined) => {
  const value = form.text('value')
  const isSensitive = form.flag('isSensitive')
  const { channel, tenantTag, processOwner } = before ? scopeOf(before) : {}
  return parse(variableInput, {
    Name: form.text('name'),
    Value: isSensitive && value === '' ? null : value,
    Description: form.text('description'),
    IsSensitive: isSensitive,
    Type: before?.isSensitive === isSensitive ? before.type : '',
    Prompt: before?.prompt ?? null,
    Scope: {
      Environment: form.list('environments'),
      Role: form.list('targetTags'),
      Machine: form.list('targets'),
      Action: form.list('steps'),
      Channel: channel ?? [],
      TenantTag: tenantTag ?? [],
      ProcessOwner: processOwner ?? [],
    },
  })
}

const add = (call: PageCall) =>
  orAgain(
    call.form,
    async () => {
      const { project, read } = await load(call)
      const row = await addVariable(call, call.space.id, read.set.id, inputOf(call, undefined))
      return seeOther(`${links.variables(project.id)}#variable-${row.id}`, {
        kind: 'success',
        message: `${row.name} was added.`,
      })
    },
    form => show(call, { form }),
    NAMES,
  )

const rowIn = ({ rows }: ReadSet, id: string): VariableRow => {
  const row = rows.find(each => each.id === id)
  if (!row) throw notFound(id)
  return row
}

const save = (call: PageCall) => {
  const id = call.params.variable ?? ''
  return orAgain(
    call.form,
    async () => {
      const { project, read } = await load(call)
      const input = inputOf(call, rowIn(read, id))
      await editVariable(call, call.space.id, read.set.id, id, input)
      return seeOther(`${links.variables(project.id)}#variable-${id}`, {
        kind: 'success',
        message: `${input.Name} was saved.`,
      })
    },
    form => show(call, { variableId: id, form }),
    NAMES,
  )
}

const confirmDelete = async (call: PageCall) => {
  const { project, read } = await load(call)
  const row = rowIn(read, call.params.variable ?? '')
  return (
    <ConfirmPage
      frame={call.frame}
      section="projects"
      crumbs={[
        { href: links.project(project.id), title: project.name },
        { href: links.variables(project.id), title: 'Variables' },
      ]}
      title={`Delete this value of ${row.name}?`}
      consequence="Releases that exist keep it: they froze the variables as they were."
      verb="Delete value"
      action={links.variableDelete(project.id, row.id)}
      back={links.variables(project.id)}
    />
  )
}

const remove = async (call: PageCall) => {
  const { project, read } = await load(call)
  const row = await deleteVariable(call, call.space.id, read.set.id, call.params.variable ?? '')
  return seeOther(links.variables(project.id), {
    kind: 'success',
    message: `A value of ${row.name} was deleted.`,
  })
}

export const variablePages = [
  page({
    path: '/projects/{id}/variables',
    permission: 'VariableView',
    handler: call => show(call),
  }),
  action({ path: '/projects/{id}/variables', permission: 'VariableEdit', handler: add }),
  action({
    path: '/projects/{id}/variables/{variable}',
    permission: 'VariableEdit',
    handler: save,
  }),
  page({
    path: '/projects/{id}/variables/{variable}/delete',
    permission: 'VariableEdit',
    handler: confirmDelete,
  }),
  action({
    path: '/projects/{id}/variables/{variable}/delete',
    permission: 'VariableEdit',
    handler: remove,
  }),
]
