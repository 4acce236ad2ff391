import {
  type PreviewedRow,
  type PreviewedValue,
  PreviewPage,
} from '../../ui/variables/preview-page.tsx'
import { type PageCall, page } from '../http/page.tsx'
import { pageIn } from '../http/portal-form.ts'
import { Problem } from '../http/problem.ts'
import { visibleProject } from '../projects/portal-project.ts'
import type { ScopedVariable } from './precedence.ts'
import type { PreviewedVariable, Shown } from './preview.ts'
import { type Preview, previewVariables } from './reading.ts'
import { type Choice, loadScopeValues, type ScopeValues } from './scope-values.ts'
import { options, shownScope } from './shown.ts'

const NOTHING: Preview = { variables: [], total: 0, isPartial: false, owners: new Map() }

const show = async (call: PageCall) => {
  const { db, space, query } = call
  const { project, head } = await visibleProject(call, call.params.id ?? '')
  const { page, paging } = pageIn(query)
  const asked = {
    environment: query.text('environment'),
    machine: query.text('machine'),
    role: query.text('role'),
    action: query.text('action'),
    channel: query.text('channel'),
  }
  const filter = query.text('filter') ?? ''
  const [choices, found] = await Promise.all([
    loadScopeValues(db, space.id, project),
    told(previewVariables(call, space.id, project.id, asked, { page, filter })),
  ])
  const { variables, total, isPartial, owners } = 'problem' in found ? NOTHING : found
  const picker = (name: keyof typeof asked, label: string, none: string, known: Choice[]) => ({
    name,
    label,
    none,
    options: options(known),
    chosen: asked[name] ?? '',
  })
  return (
    <PreviewPage
      frame={call.frame}
      project={head}
      filter={filter}
      problem={'problem' in found ? found.problem : undefined}
      isPartial={isPartial}
      pickers={[
        picker('environment', 'Environment', 'any', choices.environments),
        picker('machine', 'Target', 'no target', choices.machines),
        picker('role', 'Target tag', 'no tag', choices.roles),
        picker('action', 'Step', 'no step', choices.actions),
        picker('channel', 'Channel', 'any', choices.channels),
      ]}
      rows={variables.map(each => shownRow(each, owners, choices))}
      paging={paging(total)}
    />
  )
}

/** What cannot be previewed is said on the page, beside the pickers that lead out of it. */
const told = async (reading: Promise<Preview>): Promise<Preview | { problem: string }> => {
  try {
    return await reading
  } catch (error) {
    if (error instanceof Problem && error.code === 'invalid') return { problem: error.message }
    throw error
  }
}

const shownRow = (
  previewed: PreviewedVariable,
  owners: Preview['owners'],
  choices: ScopeValues,
): PreviewedRow => {
  const value = (variable: ScopedVariable, shown: Shown, rule: string): PreviewedValue => ({
    sensitive: shown.isSensitive,
    value: shown.value ?? '',
    scope: shownScope(variable.scope, choices),
    source: owners.get(variable.setId)?.name ?? variable.setId,
    rule,
  })
  const { evaluated, problem } = previewed
  return {
    ...value(previewed.winner, previewed, previewed.rule),
    name: previewed.name,
    evaluated: evaluated === null || evaluated === previewed.value ? undefined : evaluated,
    problem: problem ?? undefined,
    tie: previewed.isTie,
    behind: previewed.behind.map(each => value(each.variable, each, each.rule)),
    elsewhere: previewed.elsewhere.map(each => value(each.variable, each, each.rule)),
  }
}

export const previewPages = [
  page({ path: '/projects/{id}/variables/preview', permission: 'VariableView', handler: show }),
]
