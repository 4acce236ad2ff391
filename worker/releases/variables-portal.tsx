import type { FrozenSide } from '../../ui/releases/release-variables-page.tsx'
import { ReleaseVariablesPage } from '../../ui/releases/release-variables-page.tsx'
import { permits } from '../access/authorization.ts'
import { type PageCall, page } from '../http/page.tsx'
import { pageIn } from '../http/portal-form.ts'
import { differencesSince, type Side } from '../variables/difference.ts'
import { readFrozen } from '../variables/reading.ts'
import { readScope } from '../variables/scope.ts'
import { loadScopeValues, type ScopeValues } from '../variables/scope-values.ts'
import { shownScope } from '../variables/shown.ts'
import { visibleRelease } from './release-portal.tsx'

const show = async (call: PageCall) => {
  const { query, db, space } = call
  const { release, project, head } = await visibleRelease(call)
  const { page: part, paging } = pageIn(query)
  const filter = query.text('filter') ?? ''
  const choices = await loadScopeValues(db, space.id, project)
  const common = {
    frame: call.frame,
    project: head,
    release,
    filter,
    mayUpdate: permits(call.principal, 'ReleaseEdit', {
      spaceId: space.id,
      projectId: project.id,
    }),
  }
  if (query.text('show') !== 'changes') {
    const { rows, total } = await readFrozen(call, release, choices, part, filter)
    return (
      <ReleaseVariablesPage
        {...common}
        show="frozen"
        paging={paging(total)}
        rows={rows.map(({ name, value, isSensitive, scope }) => ({
          name,
          value: isSensitive ? undefined : (value ?? ''),
          scope: shownScope(readScope(scope), choices),
        }))}
      />
    )
  }
  const included = project.settings.IncludedLibraryVariableSetIds
  const lower = filter.trim().toLowerCase()
  const all = (await differencesSince(call, release, included)).filter(({ name }) =>
    name.toLowerCase().includes(lower),
  )
  return (
    <ReleaseVariablesPage
      {...common}
      show="changes"
      paging={paging(all.length)}
      rows={all.slice(part.skip, part.skip + part.take).map(({ name, kind, before, after }) => ({
        name,
        kind,
        before: before && shownSide(before, choices),
        after: after && shownSide(after, choices),
      }))}
    />
  )
}

const shownSide = ({ value, isSensitive, scope }: Side, choices: ScopeValues): FrozenSide => ({
  value: isSensitive ? undefined : (value ?? ''),
  scope: shownScope(scope, choices),
})

export const releaseVariablesPages = [
  page({ path: '/releases/{id}/variables', permission: 'ReleaseView', handler: show }),
]
