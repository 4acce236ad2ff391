import { links } from '../../ui/links.ts'
import { confirmation, type Question } from '../http/confirmation.tsx'
import { action, type PageCall, page, seeOther } from '../http/page.tsx'
import { fresh, orAgain } from '../http/portal-form.ts'
import { notFound } from '../http/problem.ts'
import { builtInFeedId } from '../packages/store.ts'
import { expectedOf, NAMES, newKind, stepOf, stepPage } from './process-portal.tsx'
import { actionAt, actionsIn, changeActions } from './step-commands.ts'
import { actionKindOf, childFrom, childValuesOf } from './step-form.ts'

const create = async (call: PageCall) => {
  const { project, step, read } = await stepOf(call)
  const kind = newKind(call.form.text('kind')) ?? 'script'
  return orAgain(
    call.form,
    async () => {
      const feedId = await builtInFeedId(call.db, call.space.id)
      const child = childFrom(kind, call.form, undefined, feedId)
      await changeActions(call, call.space.id, project.id, step.Id, before => [
        ...before,
        { ...child, Id: '' },
      ])
      return seeOther(links.process(project.id), {
        kind: 'success',
        message: `${child.Name} was added to ${read.name}.`,
      })
    },
    form =>
      stepPage(call, { kind, parent: { id: read.id, name: read.name }, form, isFirst: false }),
    NAMES,
  )
}

const childOf = async (call: PageCall) => {
  const found = await stepOf(call)
  const id = call.params.child ?? ''
  const child = found.read.actions.find(each => each.id === id)
  if (!child) throw notFound(id)
  return { ...found, child }
}

const edit = async (call: PageCall) => {
  const { version, read, child } = await childOf(call)
  return stepPage(call, {
    kind: actionKindOf(child),
    parent: { id: read.id, name: read.name, childId: child.id },
    form: fresh({ ...childValuesOf(read, child), version: String(version) }),
    isFirst: false,
  })
}

const save = async (call: PageCall) => {
  const { project, step, read, child } = await childOf(call)
  const kind = actionKindOf(child)
  return orAgain(
    call.form,
    async () => {
      const feedId = await builtInFeedId(call.db, call.space.id)
      const stored = actionsIn(step)[actionAt(actionsIn(step), child.id)]
      const changed = { ...childFrom(kind, call.form, stored, feedId), Id: child.id }
      await changeActions(
        call,
        call.space.id,
        project.id,
        step.Id,
        before => before.with(actionAt(before, child.id), changed),
        expectedOf(call),
      )
      return seeOther(links.process(project.id), {
        kind: 'success',
        message: 'The step was saved.',
      })
    },
    form =>
      stepPage(call, {
        kind,
        parent: { id: read.id, name: read.name, childId: child.id },
        form,
        isFirst: false,
      }),
    NAMES,
  )
}

const move = async (call: PageCall) => {
  const { project, step, child } = await childOf(call)
  const by = call.form.text('direction') === 'up' ? -1 : 1
  await changeActions(call, call.space.id, project.id, step.Id, before => {
    const at = actionAt(before, child.id)
    const moved = before[at]
    const others = before.toSpliced(at, 1)
    return moved ? others.toSpliced(Math.max(0, at + by), 0, moved) : others
  })
  return seeOther(links.process(project.id))
}

const toDelete = async (call: PageCall): Promise<Question> => {
  const { project, read, child } = await childOf(call)
  return {
    section: 'projects',
    crumbs: [
      { href: links.project(project.id), title: project.name },
      { href: links.process(project.id), title: 'Process' },
    ],
    title: `Delete ${child.name} from ${read.name}?`,
    consequence:
      read.actions.length === 1
        ? 'It is the only one: delete the whole step instead.'
        : 'Releases that exist keep it: they froze the process as it was.',
    verb: 'Delete step',
    back: links.process(project.id),
  }
}

const remove = async (call: PageCall) => {
  const { project, step, child } = await childOf(call)
  await changeActions(call, call.space.id, project.id, step.Id, before =>
    before.toSpliced(actionAt(before, child.id), 1),
  )
  return seeOther(links.process(project.id), {
    kind: 'success',
    message: `${child.name} was deleted.`,
  })
}

const CHILDREN = '/projects/{id}/process/steps/{step}/children'
const CHILD = `${CHILDREN}/{child}`
const change = 'ProcessEdit'

export const childPages = [
  action({ path: CHILDREN, permission: change, handler: create }),
  page({ path: CHILD, permission: 'ProcessView', handler: edit }),
  action({ path: CHILD, permission: change, handler: save }),
  action({ path: `${CHILD}/move`, permission: change, handler: move }),
  ...confirmation({ path: `${CHILD}/delete`, permission: change, ask: toDelete, deed: remove }),
]
