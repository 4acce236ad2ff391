import type { FormState } from '../../ui/components/form.tsx'
import { links } from '../../ui/links.ts'
import { ScriptModulesPage } from '../../ui/variables/library-pages.tsx'
import { ScriptModulePage } from '../../ui/variables/script-module-page.tsx'
import { confirmation, type Question } from '../http/confirmation.tsx'
import { parse } from '../http/input.ts'
import { action, type PageCall, page, seeOther } from '../http/page.tsx'
import { fresh, orAgain } from '../http/portal-form.ts'
import { deleteLibrarySet } from './library-commands.ts'
import { listedSets, rightsTo, setOf } from './library-portal.tsx'
import { projectsIncluding } from './library-store.ts'
import { readSet } from './reading.ts'
import { LANGUAGES, readModule, scriptModuleInput } from './script-module.ts'
import { createScriptModule, modifyScriptModule } from './script-module-commands.ts'

const NAMES = { Name: 'name', Description: 'description', Language: 'language', Body: 'body' }
const LANGUAGE_NAMES = { CSharp: 'C#', FSharp: 'F#' } as Record<string, string>
const languages = LANGUAGES.map(value => ({ value, label: LANGUAGE_NAMES[value] ?? value }))

const newPage = (call: PageCall, form: FormState) => (
  <ScriptModulePage
    frame={call.frame}
    form={form}
    languages={languages}
    users={[]}
    mayEdit
    mayDelete={false}
  />
)

const show = async (call: PageCall, refused?: FormState) => {
  const set = await setOf(call, 'ScriptModule')
  const [{ rows }, users] = await Promise.all([
    readSet(call, call.space.id, `variableset-${set.id}`),
    projectsIncluding(call.db, set.id),
  ])
  const { body, language } = readModule(rows)
  const form = refused ?? fresh({ name: set.name, description: set.description, language, body })
  return (
    <ScriptModulePage
      frame={call.frame}
      module={set}
      form={form}
      languages={languages}
      users={users}
      {...rightsTo(call)}
    />
  )
}

const inputOf = ({ form }: PageCall) =>
  parse(scriptModuleInput, {
    Name: form.text('name'),
    Description: form.text('description'),
    Language: form.text('language'),
    Body: form.text('body'),
  })

const create = (call: PageCall) =>
  orAgain(
    call.form,
    async () => {
      const set = await createScriptModule(call, call.space.id, inputOf(call))
      const message = `${set.name} was created. Projects can include it now.`
      return seeOther(links.scriptModule(set.id), { kind: 'success', message })
    },
    form => newPage(call, form),
    NAMES,
  )

const save = (call: PageCall) =>
  orAgain(
    call.form,
    async () => {
      const set = await setOf(call, 'ScriptModule')
      await modifyScriptModule(call, call.space.id, set.id, inputOf(call))
      const message = 'The script module was saved. Releases from now on have it.'
      return seeOther(links.scriptModule(set.id), { kind: 'success', message })
    },
    form => show(call, form),
    NAMES,
  )

const toDelete = async (call: PageCall): Promise<Question> => {
  const set = await setOf(call, 'ScriptModule')
  return {
    section: 'library',
    crumbs: [
      { href: links.scriptModules, title: 'Script modules' },
      { href: links.scriptModule(set.id), title: set.name },
    ],
    title: `Delete script module ${set.name}?`,
    consequence: 'Releases that exist keep it: they froze it as it was.',
    verb: 'Delete script module',
    back: links.scriptModule(set.id),
  }
}

const remove = async (call: PageCall) => {
  const set = await setOf(call, 'ScriptModule')
  await deleteLibrarySet(call, call.space.id, set.id)
  const message = `${set.name} was deleted.`
  return seeOther(links.scriptModules, { kind: 'success', message })
}

const path = '/library/script-modules'

export const scriptModulePages = [
  page({
    path,
    permission: 'LibraryVariableSetView',
    handler: async call => <ScriptModulesPage {...(await listedSets(call, 'ScriptModule'))} />,
  }),
  action({ path, permission: 'LibraryVariableSetCreate', handler: create }),
  page({
    path: `${path}/new`,
    permission: 'LibraryVariableSetCreate',
    handler: call => newPage(call, fresh()),
  }),
  page({
    path: `${path}/{id}`,
    permission: 'LibraryVariableSetView',
    handler: call => show(call),
  }),
  action({ path: `${path}/{id}`, permission: 'LibraryVariableSetEdit', handler: save }),
  ...confirmation({
    path: `${path}/{id}/delete`,
    permission: 'LibraryVariableSetDelete',
    ask: toDelete,
    deed: remove,
  }),
]
