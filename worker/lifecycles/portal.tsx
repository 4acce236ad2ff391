import { count, eq } from 'drizzle-orm'
import type { FormState } from '../../ui/components/form.tsx'
import { LifecyclePage } from '../../ui/lifecycles/lifecycle-page.tsx'
import { LifecyclesPage } from '../../ui/lifecycles/lifecycles-page.tsx'
import { links } from '../../ui/links.ts'
import { permits } from '../access/authorization.ts'
import { confirmation, type Question } from '../http/confirmation.tsx'
import { parse } from '../http/input.ts'
import { action, type PageCall, page, seeOther, shown } from '../http/page.tsx'
import { fresh, orAgain } from '../http/portal-form.ts'
import type { Route } from '../http/route.ts'
import { listEnvironments } from '../infrastructure/store.ts'
import { projects } from '../projects/schema.ts'
import { createLifecycle, deleteLifecycle, modifyLifecycle } from './commands.ts'
import { lifecycleInput, type PhaseDocument } from './lifecycle.ts'
import { phasesOf } from './progression.ts'
import { getLifecycle, type LifecycleRow, listLifecycles } from './store.ts'

const MAX_PHASES = 50
const NAMES = { Name: 'name', Description: 'description' }

const list = async (call: PageCall) => {
  const [rows, environments, counts] = await Promise.all([
    listLifecycles(call.db, call.space.id),
    listEnvironments(call.db, call.space.id),
    call.db
      .select({ id: projects.lifecycleId, projects: count() })
      .from(projects)
      .where(eq(projects.spaceId, call.space.id))
      .groupBy(projects.lifecycleId),
  ])
  return (
    <LifecyclesPage
      frame={call.frame}
      mayEdit={permits(call.principal, 'LifecycleEdit', { spaceId: call.space.id })}
      lifecycles={rows.map(row => ({
        id: row.id,
        name: row.name,
        description: row.description,
        projectCount: counts.find(({ id }) => id === row.id)?.projects ?? 0,
        phases: phasesOf(row, environments)
          .filter(phase => !phase.isImplicit)
          .map(phase => ({
            name: phase.name,
            environments: phase.environments.map(({ name }) => name),
            optional: phase.isOptional,
          })),
      }))}
    />
  )
}

type Values = FormState['values']

const documentsOf = (row: LifecycleRow | undefined): PhaseDocument[] =>
  Array.isArray(row?.phases) ? (row.phases as PhaseDocument[]) : []

const valuesOf = (row: LifecycleRow | undefined): Values => ({
  name: row?.name ?? '',
  description: row?.description ?? '',
  ...Object.assign(
    {},
    ...documentsOf(row).map((phase, index) =>
      fieldsOf(index, {
        id: phase.Id,
        name: phase.Name,
        environments: phase.OptionalDeploymentTargets,
        automatic: phase.AutomaticDeploymentTargets,
        minimum: String(phase.MinimumEnvironmentsBeforePromotion),
        optional: phase.IsOptionalPhase ? 'true' : '',
      }),
    ),
  ),
})

const FIELDS = ['id', 'name', 'environments', 'automatic', 'minimum', 'optional'] as const
type PhaseFields = Partial<Record<(typeof FIELDS)[number], string | string[]>>

const fieldsOf = (index: number, phase: PhaseFields): Values =>
  Object.fromEntries(
    FIELDS.flatMap(name => {
      const value = phase[name]
      return value === undefined ? [] : [[`phases.${index}.${name}`, value]]
    }),
  )

const phasesIn = ({ form }: PageCall): PhaseFields[] => {
  const length = Math.min(MAX_PHASES, Math.max(0, Number(form.text('phaseCount')) || 0))
  const { values } = form
  return Array.from({ length }, (_, index) =>
    Object.fromEntries(
      FIELDS.flatMap(name => {
        const value = values[`phases.${index}.${name}`]
        return value === undefined ? [] : [[name, value]]
      }),
    ),
  )
}

/** What the pressed button makes of the phases; undefined for saving. */
const rearranged = (phases: PhaseFields[], pressed: string): PhaseFields[] | undefined => {
  const [verb, at] = [pressed.split(':')[0], Number(pressed.split(':')[1])]
  const [phase] = phases.slice(at, at + 1)
  if (verb === 'add') return [...phases, {}].slice(0, MAX_PHASES)
  if (!phase || !Number.isInteger(at)) return undefined
  const others = phases.toSpliced(at, 1)
  if (verb === 'remove') return others
  if (verb === 'up') return others.toSpliced(Math.max(0, at - 1), 0, phase)
  if (verb === 'down') return others.toSpliced(at + 1, 0, phase)
  return undefined
}

const editor = async (
  call: PageCall,
  row: LifecycleRow | undefined,
  form: FormState,
  phaseCount: number,
) => {
  const [environments, users] = await Promise.all([
    listEnvironments(call.db, call.space.id),
    row
      ? call.db
          .select({ id: projects.id, name: projects.name })
          .from(projects)
          .where(eq(projects.lifecycleId, row.id))
          .limit(50)
      : [],
  ])
  return (
    <LifecyclePage
      frame={call.frame}
      lifecycle={row && { id: row.id, name: row.name }}
      form={form}
      phaseCount={phaseCount}
      environments={environments.map(({ id, name }) => ({ value: id, label: name }))}
      projects={users}
    />
  )
}

const rowOf = (call: PageCall): Promise<LifecycleRow> =>
  getLifecycle(call.db, call.space.id, call.params.id ?? '')

const edit = async (call: PageCall) => {
  const row = await rowOf(call)
  return editor(call, row, fresh(valuesOf(row)), documentsOf(row).length)
}

const save = async (call: PageCall, row: LifecycleRow | undefined) => {
  const phases = phasesIn(call)
  const other = rearranged(phases, call.form.text('do'))
  if (other) {
    const values = Object.assign(
      { name: call.form.text('name'), description: call.form.text('description') },
      ...other.map((phase, index) => fieldsOf(index, phase)),
    )
    return shown(editor(call, row, fresh(values), other.length))
  }
  return orAgain(
    call.form,
    async () => {
      const input = parse(lifecycleInput, inputOf(call, phases, documentsOf(row)))
      const { name } = row
        ? await modifyLifecycle(call, call.space.id, row.id, input)
        : await createLifecycle(call, call.space.id, input)
      return seeOther(links.lifecycles, { kind: 'success', message: `${name} was saved.` })
    },
    form => editor(call, row, named(form), phases.length),
    NAMES,
  )
}

/** `Phases.0.Name` of the API is `phases.0.name` of the form. */
const named = (form: FormState): FormState => ({
  ...form,
  errors: Object.fromEntries(
    Object.entries(form.errors).map(([name, text]) => [name.toLowerCase(), text]),
  ),
})

const inputOf = ({ form }: PageCall, phases: PhaseFields[], before: PhaseDocument[]) => ({
  Name: form.text('name'),
  Description: form.text('description'),
  Phases: phases.map(phase => {
    const known = before.find(each => each.Id === phase.id)
    return {
      ...known,
      Id: textOf(phase.id) || null,
      Name: textOf(phase.name),
      OptionalDeploymentTargets: listOf(phase.environments),
      AutomaticDeploymentTargets: listOf(phase.automatic),
      MinimumEnvironmentsBeforePromotion: Number(textOf(phase.minimum)) || 0,
      IsOptionalPhase: textOf(phase.optional) === 'true',
    }
  }),
})

const textOf = (value: string | string[] | undefined): string =>
  (Array.isArray(value) ? value[0] : value) ?? ''
const listOf = (value: string | string[] | undefined): string[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value]

const toDelete = async (call: PageCall): Promise<Question> => {
  const { id, name } = await rowOf(call)
  return {
    section: 'library',
    crumbs: [
      { href: links.library, title: 'Library' },
      { href: links.lifecycles, title: 'Lifecycles' },
    ],
    title: `Delete lifecycle ${name}?`,
    consequence: 'No project and no channel may use it.',
    verb: 'Delete lifecycle',
    back: links.lifecycle(id),
  }
}

const remove = async (call: PageCall) => {
  await deleteLifecycle(call, call.space.id, call.params.id ?? '')
  return seeOther(links.lifecycles, { kind: 'success', message: 'The lifecycle was deleted.' })
}

/** `lifecycles/new` is declared before `lifecycles/{id}`. */
export const lifecyclePages: Route[] = [
  page({ path: '/library/lifecycles', permission: 'LifecycleView', handler: list }),
  action({
    path: '/library/lifecycles',
    permission: 'LifecycleCreate',
    handler: call => save(call, undefined),
  }),
  page({
    path: '/library/lifecycles/new',
    permission: 'LifecycleCreate',
    handler: call => editor(call, undefined, fresh(), 0),
  }),
  page({ path: '/library/lifecycles/{id}', permission: 'LifecycleEdit', handler: edit }),
  action({
    path: '/library/lifecycles/{id}',
    permission: 'LifecycleEdit',
    handler: async call => save(call, await rowOf(call)),
  }),
  ...confirmation({
    path: '/library/lifecycles/{id}/delete',
    permission: 'LifecycleDelete',
    ask: toDelete,
    deed: remove,
  }),
]
