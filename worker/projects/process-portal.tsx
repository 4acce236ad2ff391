import { ConfirmPage } from '../../ui/components/confirm-page.tsx'
import type { FormState } from '../../ui/components/form.tsx'
import { links } from '../../ui/links.ts'
import { ProcessPage } from '../../ui/projects/process-page.tsx'
import type { StepKind } from '../../ui/projects/step-kind.ts'
import { ChooseStepPage, StepPage } from '../../ui/projects/step-page.tsx'
import { action, type PageCall, page, seeOther } from '../http/page.tsx'
import { fresh, orAgain } from '../http/portal-form.ts'
import { notFound } from '../http/problem.ts'
import { listEnvironments } from '../infrastructure/store.ts'
import { listTags } from '../infrastructure/target-store.ts'
import { builtInFeedId, listPackages } from '../packages/store.ts'
import { visibleProject } from './portal-project.ts'
import { readSteps, type Step, targetTags } from './process.ts'
import { addStep, deleteStep, editableSteps, moveStep, replaceStep } from './step-commands.ts'
import { kindOf, stepFrom, summaryOf, valuesOf } from './step-form.ts'
import { getProcess } from './store.ts'

const CONDITIONS: Record<Step['condition'], string> = {
  Success: 'if everything before succeeded',
  Failure: 'if something before failed',
  Always: 'always',
  Variable: 'if its expression is true',
  Cancelled: 'only when the deployment is cancelled',
}

const show = async (call: PageCall) => {
  const { project, head } = await visibleProject(call, call.params.id ?? '')
  const [process, environments] = await Promise.all([
    getProcess(call.db, project.id),
    listEnvironments(call.db, call.space.id),
  ])
  const names = new Map(environments.map(({ id, name }) => [id, name] as const))
  return (
    <ProcessPage
      frame={call.frame}
      project={head}
      steps={readSteps(process.steps).map((step, index) => ({
        id: step.id,
        name: step.name,
        kind: kindOf(step),
        targetTags: targetTags(step),
        condition: CONDITIONS[step.condition],
        withPrevious: index > 0 && step.startTrigger === 'StartWithPrevious',
        environments: (step.actions[0]?.environments ?? []).map(id => names.get(id) ?? id),
        disabled: step.actions.every(({ isDisabled }) => isDisabled),
        summary: summaryOf(step),
      }))}
    />
  )
}

type Shown = { kind: StepKind; stepId?: string; form: FormState; isFirst: boolean }

const stepPage = async (call: PageCall, { kind, stepId, form, isFirst }: Shown) => {
  const { head } = await visibleProject(call, call.params.id ?? '')
  const [environments, tags, packages] = await Promise.all([
    listEnvironments(call.db, call.space.id),
    listTags(call.db, call.space.id),
    listPackages(call.db, call.space.id, { latestOnly: true }, { skip: 0, take: 100 }),
  ])
  return (
    <StepPage
      frame={call.frame}
      project={head}
      kind={kind}
      stepId={stepId}
      form={form}
      environments={environments.map(({ id, name }) => ({ value: id, label: name }))}
      knownTags={tags}
      knownPackages={packages.rows.map(({ packageId }) => packageId)}
      isFirst={isFirst}
    />
  )
}

const chooseOrNew = async (call: PageCall) => {
  const { project, head } = await visibleProject(call, call.params.id ?? '')
  const kind = call.query.text('kind')
  if (kind !== 'script' && kind !== 'package')
    return <ChooseStepPage frame={call.frame} project={head} />
  const { steps } = await editableSteps(call, project.id)
  const form = fresh({
    runOn: 'targets',
    syntax: 'Bash',
    scriptSyntax: 'Bash',
    condition: 'Success',
  })
  return stepPage(call, { kind, form, isFirst: steps.length === 0 })
}

const NAMES = { '': '' }

const create = async (call: PageCall) => {
  const { project } = await visibleProject(call, call.params.id ?? '')
  const kind = call.form.text('kind') === 'package' ? 'package' : 'script'
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

const stepOf = async (call: PageCall) => {
  const { project } = await visibleProject(call, call.params.id ?? '')
  const id = call.params.step ?? ''
  const { version, steps } = await editableSteps(call, project.id)
  const at = steps.findIndex(({ Id }) => Id === id)
  const [step] = steps.slice(at === -1 ? steps.length : at)
  if (!step) throw notFound(id)
  const [read] = readSteps([step])
  if (!read) throw notFound(id)
  return { project, version, step, read, isFirst: at === 0 }
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
      const version = Number(call.form.text('version'))
      await replaceStep(call, call.space.id, project.id, read.id, changed, {
        version: Number.isInteger(version) && call.form.text('version') ? version : undefined,
      })
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

const confirmDelete = async (call: PageCall) => {
  const { project, read } = await stepOf(call)
  return (
    <ConfirmPage
      frame={call.frame}
      section="projects"
      crumbs={[
        { href: links.project(project.id), title: project.name },
        { href: links.process(project.id), title: 'Process' },
      ]}
      title={`Delete the step ${read.name}?`}
      consequence="Releases that exist keep it: they froze the process as it was."
      verb="Delete step"
      action={links.stepDelete(project.id, read.id)}
      back={links.process(project.id)}
    />
  )
}

const remove = async (call: PageCall) => {
  const { project, read } = await stepOf(call)
  await deleteStep(call, call.space.id, project.id, read.id)
  return seeOther(links.process(project.id), {
    kind: 'success',
    message: `The step ${read.name} was deleted.`,
  })
}

export const processPages = [
  page({ path: '/projects/{id}/process', permission: 'ProcessView', handler: show }),
  page({
    path: '/projects/{id}/process/new-step',
    permission: 'ProcessEdit',
    handler: chooseOrNew,
  }),
  action({ path: '/projects/{id}/process/steps', permission: 'ProcessEdit', handler: create }),
  page({ path: '/projects/{id}/process/steps/{step}', permission: 'ProcessView', handler: edit }),
  action({
    path: '/projects/{id}/process/steps/{step}',
    permission: 'ProcessEdit',
    handler: save,
  }),
  action({
    path: '/projects/{id}/process/steps/{step}/move',
    permission: 'ProcessEdit',
    handler: move,
  }),
  page({
    path: '/projects/{id}/process/steps/{step}/delete',
    permission: 'ProcessEdit',
    handler: confirmDelete,
  }),
  action({
    path: '/projects/{id}/process/steps/{step}/delete',
    permission: 'ProcessEdit',
    handler: remove,
  }),
]
