import type { FormState } from '../../ui/components/form.tsx'
import { links } from '../../ui/links.ts'
import {
  LibrarySetPage,
  LibrarySetsPage,
  NewLibrarySetPage,
} from '../../ui/variables/library-pages.tsx'
import { libraryVariables } from '../../ui/variables/variable-links.ts'
import { permits } from '../access/authorization.ts'
import { confirmation, type Question } from '../http/confirmation.tsx'
import { parse } from '../http/input.ts'
import { action, type PageCall, page, seeOther } from '../http/page.tsx'
import { fresh, orAgain, pageIn } from '../http/portal-form.ts'
import { notFound } from '../http/problem.ts'
import { type LibraryContent, libraryInput } from './library.ts'
import { createLibrarySet, deleteLibrarySet, modifyLibrarySet } from './library-commands.ts'
import {
  getLibrarySet,
  includedCounts,
  listLibrarySets,
  projectsIncluding,
} from './library-store.ts'
import type { LibrarySet } from './store.ts'
import {
  addIn,
  askToRemoveIn,
  type Editing,
  type Place,
  removeIn,
  saveIn,
  shownList,
} from './value-portal.tsx'

const NAMES = { Name: 'name', Description: 'description' }

/** What a list of sets of one kind shows. */
export const listedSets = async (call: PageCall, contentType: LibraryContent) => {
  const { db, space, principal, query } = call
  const { page, paging } = pageIn(query)
  const [{ rows, total }, counts] = await Promise.all([
    listLibrarySets(db, space.id, page, { contentType }),
    includedCounts(db, space.id),
  ])
  return {
    frame: call.frame,
    paging: paging(total),
    mayCreate: permits(principal, 'LibraryVariableSetCreate', { spaceId: space.id }),
    rows: rows.map(({ id, name, description }) => ({
      id,
      name,
      description,
      projectCount: counts.get(id) ?? 0,
    })),
  }
}

/** The set that the address names; of another kind it is not there. */
export const setOf = async (call: PageCall, contentType: LibraryContent): Promise<LibrarySet> => {
  const id = call.params.id ?? ''
  const set = await getLibrarySet(call.db, call.space.id, id)
  if (set.contentType !== contentType) throw notFound(id)
  return set
}

export const rightsTo = ({ principal, space }: PageCall) => ({
  mayEdit: permits(principal, 'LibraryVariableSetEdit', { spaceId: space.id }),
  mayDelete: permits(principal, 'LibraryVariableSetDelete', { spaceId: space.id }),
})

const placeOf = ({ id }: LibrarySet): Place => ({
  at: libraryVariables(id),
  setId: `variableset-${id}`,
  isLibrary: true,
})

const show = async (call: PageCall, again: { editing?: Editing; form?: FormState } = {}) => {
  const set = await setOf(call, 'Variables')
  const [list, users] = await Promise.all([
    shownList(call, placeOf(set), again.editing),
    projectsIncluding(call.db, set.id),
  ])
  const { name, description } = set
  return (
    <LibrarySetPage
      frame={call.frame}
      set={set}
      users={users}
      form={again.form ?? fresh({ name, description })}
      {...rightsTo(call)}
      {...list}
    />
  )
}

const inputOf = ({ form }: PageCall) =>
  parse(libraryInput, {
    Name: form.text('name'),
    Description: form.text('description'),
    ContentType: 'Variables',
  })

const create = (call: PageCall) =>
  orAgain(
    call.form,
    async () => {
      const set = await createLibrarySet(call, call.space.id, inputOf(call))
      const message = `${set.name} was created.`
      return seeOther(links.librarySet(set.id), { kind: 'success', message })
    },
    form => <NewLibrarySetPage frame={call.frame} form={form} />,
    NAMES,
  )

const saveSettings = (call: PageCall) =>
  orAgain(
    call.form,
    async () => {
      const set = await setOf(call, 'Variables')
      await modifyLibrarySet(call, call.space.id, set.id, inputOf(call))
      const message = 'The settings were saved.'
      return seeOther(links.librarySet(set.id), { kind: 'success', message })
    },
    form => show(call, { form }),
    NAMES,
  )

const add = async (call: PageCall) =>
  addIn(call, placeOf(await setOf(call, 'Variables')), editing => show(call, { editing }))

const save = async (call: PageCall) =>
  saveIn(call, placeOf(await setOf(call, 'Variables')), editing => show(call, { editing }))

const remove = async (call: PageCall) => removeIn(call, placeOf(await setOf(call, 'Variables')))

const toRemoveValue = async (call: PageCall): Promise<Question> => {
  const set = await setOf(call, 'Variables')
  const place = placeOf(set)
  const crumbs = [
    { href: links.librarySets, title: 'Variable sets' },
    { href: place.at.list, title: set.name },
  ]
  return askToRemoveIn(call, place, { section: 'library', crumbs })
}

const toDelete = async (call: PageCall): Promise<Question> => {
  const set = await setOf(call, 'Variables')
  return {
    section: 'library',
    crumbs: [
      { href: links.librarySets, title: 'Variable sets' },
      { href: links.librarySet(set.id), title: set.name },
    ],
    title: `Delete variable set ${set.name}?`,
    consequence:
      'Its values go with it. Releases that exist keep them: they froze the variables as they were.',
    verb: 'Delete variable set',
    back: links.librarySet(set.id),
  }
}

const deleteSet = async (call: PageCall) => {
  const set = await setOf(call, 'Variables')
  await deleteLibrarySet(call, call.space.id, set.id)
  const message = `${set.name} was deleted.`
  return seeOther(links.librarySets, { kind: 'success', message })
}

const path = '/library/variable-sets'

export const librarySetPages = [
  page({
    path,
    permission: 'LibraryVariableSetView',
    handler: async call => <LibrarySetsPage {...(await listedSets(call, 'Variables'))} />,
  }),
  action({ path, permission: 'LibraryVariableSetCreate', handler: create }),
  page({
    path: `${path}/new`,
    permission: 'LibraryVariableSetCreate',
    handler: call => <NewLibrarySetPage frame={call.frame} form={fresh()} />,
  }),
  page({
    path: `${path}/{id}`,
    permission: 'LibraryVariableSetView',
    handler: call => show(call),
  }),
  action({
    path: `${path}/{id}/settings`,
    permission: 'LibraryVariableSetEdit',
    handler: saveSettings,
  }),
  ...confirmation({
    path: `${path}/{id}/delete`,
    permission: 'LibraryVariableSetDelete',
    ask: toDelete,
    deed: deleteSet,
  }),
  action({ path: `${path}/{id}/values`, permission: 'LibraryVariableSetEdit', handler: add }),
  action({
    path: `${path}/{id}/values/{variable}`,
    permission: 'LibraryVariableSetEdit',
    handler: save,
  }),
  ...confirmation({
    path: `${path}/{id}/values/{variable}/delete`,
    permission: 'LibraryVariableSetEdit',
    ask: toRemoveValue,
    deed: remove,
  }),
]
