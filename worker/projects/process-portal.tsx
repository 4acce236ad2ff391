import type { FormState } from '../../ui/components/form.tsx'
import { links } from '../../ui/links.ts'
import { ProcessPage } from '../../ui/projects/process-page.tsx'
import type { StepKind } from '../../ui/projects/step-kind.ts'
import { ChooseStepPage, StepPage } from '../../ui/projects/step-page.tsx'
import { confirmation, type Question } from '../http/confirmation.tsx'
import { action, type PageCall, page, seeOther } from '../http/page.tsx'
import { fresh, orAgain } from '../http/portal-form.ts'
import { notFound } from '../http/problem.ts'
import { builtInFeedId } from '../packages/store.ts'
import { processNames, stepChoices } from './portal-choices.ts'
import { visibleProject } from './portal-project.ts'
import { readSteps } from './process.ts'
import { addStep, deleteStep, editableSteps, moveStep, replaceStep } from './step-commands.ts'
import { kindOf, stepFrom, valuesOf } from './step-form.ts'
import { stepRow } from './step-notes.ts'
import { getProcess } from './store.ts'

const show = async (call: PageCall) => {
  const { project, head } = await visibleProject(call, call.params.id ?? '')
  const [process, names] = await Promise.all([
    getProcess(call.db, project.id),
    processNames(call, project.id),
  ])
  const steps = readSteps(process.steps)
  return (
    <ProcessPage
      frame={call.frame}
      project={head}
      steps={steps.map((step, index) => stepRow(step, index, names))}
    />
  )
}

export type ShownStep = {
  kind: StepKind
  stepId?: string | undefined
  parent?: { id: string; name: string; childId?: string } | undefined
  form: FormState
  isFirst: boolean
}

export const stepPage = async (call: PageCall, shown: ShownStep) => {
  const { project, head } = await visibleProject(call, call.params.id ?? '')
  return (
    <StepPage
      frame={call.frame}
      project={head}
      {...shown}
      {...(await stepChoices(call, project.id))}
    />
  )
}

/** A step as its form first shows it. */
export const BLANK = {
  runOn: 'targets',
  syntax: 'Bash',
  scriptSyntax: 'Bash',
  condition: 'Success',
  retries: '0',
}

export const newKind = (text: string | undefined): 'script' | 'package' | 'manual' | undefined =>
  text === 'script' || text === 'package' || text === 'manual' ? text : undefined

const chooseOrNew = async (call: PageCall) => {
  const { project, head } = await visibleProject(call, call.params.id ?? '')
  const kind = newKind(call.query.text('kind'))
  const { steps } = await editableSteps(call, project.id)
  const parent = steps.find(({ Id }) => Id === call.query.text('parent'))
  const place = parent && { id: parent.Id, name: parent.Name }
  if (!kind) return <ChooseStepPage frame={call.frame} project={head} parent={place} />
  return stepPage(call, {
    kind,
    parent: place,
    form: fresh(BLANK),
    isFirst: steps.length === 0,
  })
}

export const NAMES = { '': '' }

const create = async (call: PageCall) => {
  const { project } = await visibleProject(call, call.params.id ?? '')
  const kind = newKind(call.form.text('kind')) ?? 'script'
  const { steps } = await editableSteps(call, project.id)
  return orAgain(
    call.form,
    async () => {
      const feedId = await builtInFeedId(call.db, call.space.id)
      const step = stepFrom(kind, call.form, undefined, feedId)
      const { Name } = await addStep(call, call.space.id, project.id, step)
      return seeOther(links.process(project.id), {
        kind: 'success',
        message: `The step ${Name} was added.`,
      })
    },
    form => stepPage(call, { kind, form, isFirst: steps.length === 0 }),
    NAMES,
  )
}

export const stepOf = async (call: PageCall) => {
  const { project } = await visibleProject(call, call.params.id ?? '')
  const id = call.params.step ?? ''
  const { version, steps } = await editableSteps(call, project.id)
  const at = steps.findIndex(({ Id }) => Id === id)
  const step = steps[at]
  const [read] = step ? readSteps([step]) : []
  if (!step || !read) throw notFound(id)
  return { project, version, step, read, isFirst: at === 0 }
}

/** The version of the process that a form was filled in against. */
export const expectedOf = ({ form }: PageCall) => {
  const version = Number(form.text('version'))
  return { version: Number.isInteger(version) && form.text('version') ? version : undefined }
}

const edit = async (call: PageCall) => {
  const { version, read, isFirst } = await stepOf(call)
  const values = { ...valuesOf(read), version: String(version) }
  return stepPage(call, { kind: kindOf(read), stepId: read.id, form: fresh(values), isFirst })
}

const save = async (call: PageCall) => {
  const { project, step, read, isFirst } = await stepOf(call)
  const kind = kindOf(read)
  return orAgain(
    call.form,
    async () => {
      const feedId = await builtInFeedId(call.db, call.space.id)
      const changed = stepFrom(kind, call.form, step, feedId)
      await replaceStep(call, call.space.id, project.id, read.id, changed, expectedOf(call))
      return seeOther(links.process(project.id), {
        kind: 'success',
        message: 'The step was saved.',
      })
    },
    form => stepPage(call, { kind, stepId: read.id, form, isFirst }),
    NAMES,
  )
}

const move = async (call: PageCall) => {
  const { project } = await visibleProject(call, call.params.id ?? '')
  const by = call.form.text('direction') === 'up' ? -1 : 1
  await moveStep(call, call.space.id, project.id, call.params.step ?? '', by)
  return seeOther(links.process(project.id))
}

const toDelete = async (call: PageCall): Promise<Question> => {
  const { project, read } = await stepOf(call)
  return {
    section: 'projects',
    crumbs: [
      { href: links.project(project.id), title: project.name },
      { href: links.process(project.id), title: 'Process' },
    ],
    title: `Delete the step ${read.name}?`,
    consequence: 'Releases that exist keep it: they froze the process as it was.',
    verb: 'Delete step',
    back: links.process(project.id),
  }
}

const remove = async (call: PageCall) => {
  const { project, read } = await stepOf(call)
  await deleteStep(call, call.space.id, project.id, read.id)
  return seeOther(links.process(project.id), {
    kind: 'success',
    message: `The step ${read.name} was deleted.`,
  })
}

const view = 'ProcessView'
const change = 'ProcessEdit'
const STEP = '/projects/{id}/process/steps/{step}'

export const processPages = [
  page({ path: '/projects/{id}/process', permission: view, handler: show }),
  page({ path: '/projects/{id}/process/new-step', permission: change, handler: chooseOrNew }),
  action({ path: '/projects/{id}/process/steps', permission: change, handler: create }),
  page({ path: STEP, permission: view, handler: edit }),
  action({ path: STEP, permission: change, handler: save }),
  action({ path: `${STEP}/move`, permission: change, handler: move }),
  ...confirmation({ path: `${STEP}/delete`, permission: change, ask: toDelete, deed: remove }),
]
