import { links } from '../../ui/links.ts'
import { projectVariables } from '../../ui/variables/variable-links.ts'
import { VariablesPage } from '../../ui/variables/variables-page.tsx'
import { confirmation, type Question } from '../http/confirmation.tsx'
import { action, type PageCall, page } from '../http/page.tsx'
import type { Route } from '../http/route.ts'
import { visibleProject } from '../projects/portal-project.ts'
import { includedSetsPages } from './included-portal.tsx'
import { librarySetPages } from './library-portal.tsx'
import { libraryNames } from './library-store.ts'
import { previewPages } from './preview-portal.tsx'
import { scriptModulePages } from './script-module-portal.tsx'
import {
  addIn,
  askToRemoveIn,
  type Editing,
  type Place,
  removeIn,
  saveIn,
  shownList,
} from './value-portal.tsx'

const placeOf = (projectId: string): Place => ({
  at: projectVariables(projectId),
  setId: `variableset-${projectId}`,
  isLibrary: false,
})

const load = async (call: PageCall) => {
  const { project, head } = await visibleProject(call, call.params.id ?? '')
  return { project, head, place: placeOf(project.id) }
}

const show = async (call: PageCall, editing?: Editing) => {
  const { project, head, place } = await load(call)
  const [list, included] = await Promise.all([
    shownList(call, place, editing),
    libraryNames(call.db, project.spaceId, project.settings.IncludedLibraryVariableSetIds),
  ])
  return <VariablesPage frame={call.frame} project={head} included={included} {...list} />
}

const add = async (call: PageCall) => {
  const { place } = await load(call)
  return addIn(call, place, editing => show(call, editing))
}

const save = async (call: PageCall) => {
  const { place } = await load(call)
  return saveIn(call, place, editing => show(call, editing))
}

const toRemove = async (call: PageCall): Promise<Question> => {
  const { project, place } = await load(call)
  const crumbs = [
    { href: links.project(project.id), title: project.name },
    { href: place.at.list, title: 'Variables' },
  ]
  return askToRemoveIn(call, place, { section: 'projects', crumbs })
}

const remove = async (call: PageCall) => {
  const { place } = await load(call)
  return removeIn(call, place)
}

const path = '/projects/{id}/variables'

export const variablePages: Route[] = [
  ...librarySetPages,
  ...scriptModulePages,
  // The fixed words stand before `{variable}`.
  ...previewPages,
  ...includedSetsPages,
  page({ path, permission: 'VariableView', handler: call => show(call) }),
  action({ path, permission: 'VariableEdit', handler: add }),
  action({ path: `${path}/{variable}`, permission: 'VariableEdit', handler: save }),
  ...confirmation({
    path: `${path}/{variable}/delete`,
    permission: 'VariableEdit',
    ask: toRemove,
    deed: remove,
  }),
]
