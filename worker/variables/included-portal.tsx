import type { Option } from '../../ui/components/fields.tsx'
import type { FormState } from '../../ui/components/form.tsx'
import { links } from '../../ui/links.ts'
import { IncludedSetsPage } from '../../ui/variables/included-sets-page.tsx'
import { parse } from '../http/input.ts'
import { action, type PageCall, page, seeOther } from '../http/page.tsx'
import { fresh, orAgain } from '../http/portal-form.ts'
import { invalid } from '../http/problem.ts'
import { modifyProject } from '../projects/commands.ts'
import { visibleProject } from '../projects/portal-project.ts'
import { projectInput } from '../projects/project-input.ts'
import { listLibrarySets } from './library-store.ts'
import type { LibrarySet } from './store.ts'

const ALL = { skip: 0, take: 1_000 }

const show = async (call: PageCall, refused?: FormState) => {
  const { project, head } = await visibleProject(call, call.params.id ?? '')
  const { rows } = await listLibrarySets(call.db, call.space.id, ALL)
  const included = project.settings.IncludedLibraryVariableSetIds
  const chosen = (type: LibrarySet['contentType']) =>
    included.filter(id => rows.some(row => row.id === id && row.contentType === type))
  const form = refused ?? fresh({ sets: chosen('Variables'), modules: chosen('ScriptModule') })
  return (
    <IncludedSetsPage
      frame={call.frame}
      project={head}
      form={form}
      sets={offered(rows, 'Variables', included)}
      modules={offered(rows, 'ScriptModule', included)}
    />
  )
}

/** The included ones first, in the project's order. */
const offered = (
  rows: LibrarySet[],
  type: LibrarySet['contentType'],
  included: readonly string[],
): Option[] => {
  const place = ({ id }: LibrarySet) => {
    const at = included.indexOf(id)
    return at < 0 ? included.length : at
  }
  return rows
    .filter(({ contentType }) => contentType === type)
    .toSorted((left, right) => place(left) - place(right))
    .map(({ id, name, description }) => ({
      value: id,
      label: name,
      hint: description || undefined,
    }))
}

const save = (call: PageCall) =>
  orAgain(
    call.form,
    async () => {
      if (!call.form.flag('chosen'))
        throw invalid('Choose the library sets on this page; the form came without its choices.')
      const { project } = await visibleProject(call, call.params.id ?? '')
      const { name, slug, description, projectGroupId, lifecycleId, isDisabled } = project
      const input = parse(projectInput, {
        Name: name,
        Slug: slug,
        Description: description,
        ProjectGroupId: projectGroupId,
        LifecycleId: lifecycleId,
        IsDisabled: isDisabled,
        IncludedLibraryVariableSetIds: [...call.form.list('sets'), ...call.form.list('modules')],
      })
      await modifyProject(call, call.space.id, project.id, input)
      return seeOther(links.variables(project.id), {
        kind: 'success',
        message: 'The library sets were saved. Releases from now on have them.',
      })
    },
    form => show(call, form),
    { IncludedLibraryVariableSetIds: 'sets' },
  )

const path = '/projects/{id}/variables/library-sets'

export const includedSetsPages = [
  page({ path, permission: 'ProjectEdit', handler: call => show(call) }),
  action({ path, permission: 'ProjectEdit', handler: save }),
]
