import type { Context } from '../http/call.ts'
import { parse } from '../http/input.ts'
import { invalid, notFound } from '../http/problem.ts'
import { saveProcess } from './process-commands.ts'
import { processDocument } from './process-document.ts'
import { withoutSecrets } from './process-merge.ts'
import { getProcess, getProject } from './store.ts'

/** A step in the API's own words, as `withoutSecrets` shows it. */
export type StepResource = Record<string, unknown> & { Id: string; Name: string }

/** A form's answer to what it was filled in against; a process that moved on since is a conflict. */
export type Expected = { version?: number | undefined }

/** The steps of a project's live process, secrets left out, and the version they are of.
 *  @throws Problem `not_found` */
export const editableSteps = async (
  { db }: Pick<Context, 'db'>,
  projectId: string,
): Promise<{ version: number; steps: StepResource[] }> => {
  const { version, steps } = await getProcess(db, projectId)
  return { version, steps: withoutSecrets(steps) as StepResource[] }
}

/** Puts a step at the end. @returns the stored step
 *  @throws Problem as `saveProcess` does */
export const addStep = async (
  context: Context,
  spaceId: string,
  reference: string,
  step: Record<string, unknown>,
  expected: Expected = {},
): Promise<StepResource> => {
  const steps = await change(context, spaceId, reference, expected, before => [
    ...before,
    { ...step, Id: '' } as StepResource,
  ])
  return last(steps)
}

/** Puts `step` in the place of the one with this id. A secret without `NewValue` stays.
 *  @throws Problem as `saveProcess` does, `not_found` for a step that is gone */
export const replaceStep = async (
  context: Context,
  spaceId: string,
  reference: string,
  stepId: string,
  step: Record<string, unknown>,
  expected: Expected = {},
): Promise<StepResource> => {
  const steps = await change(context, spaceId, reference, expected, before => {
    const at = indexOf(before, stepId)
    return before.with(at, { ...step, Id: stepId } as StepResource)
  })
  return steps[indexOf(steps, stepId)] ?? last(steps)
}

/** Moves a step by so many places: -1 is one up. At either end it stays.
 *  @throws Problem as `saveProcess` does, `not_found` for a step that is gone */
export const moveStep = async (
  context: Context,
  spaceId: string,
  reference: string,
  stepId: string,
  by: number,
  expected: Expected = {},
): Promise<void> => {
  await change(context, spaceId, reference, expected, before => {
    const at = indexOf(before, stepId)
    const step = before[at]
    const others = before.toSpliced(at, 1)
    return step ? others.toSpliced(Math.max(0, at + by), 0, step) : others
  })
}

/** @throws Problem as `saveProcess` does, `not_found` for a step that is gone */
export const deleteStep = async (
  context: Context,
  spaceId: string,
  reference: string,
  stepId: string,
  expected: Expected = {},
): Promise<void> => {
  await change(context, spaceId, reference, expected, before =>
    before.toSpliced(indexOf(before, stepId), 1),
  )
}

export type ActionResource = Record<string, unknown> & { Id: string; Name: string }

/** The actions of a step, as `editableSteps` shows them. */
export const actionsIn = (step: StepResource): ActionResource[] =>
  (step.Actions ?? []) as ActionResource[]

/**
 * Changes the actions of one step: adds to them, replaces, moves or takes away.
 * @throws Problem as `saveProcess` does, `not_found` for a step that is gone
 */
export const changeActions = async (
  context: Context,
  spaceId: string,
  reference: string,
  stepId: string,
  edit: (actions: ActionResource[]) => Record<string, unknown>[],
  expected: Expected = {},
): Promise<void> => {
  await change(context, spaceId, reference, expected, before => {
    const at = indexOf(before, stepId)
    const step = before[at]
    return step ? before.with(at, { ...step, Actions: edit(actionsIn(step)) }) : before
  })
}

/** Where the action with this id stands. @throws Problem `not_found` */
export const actionAt = (actions: ActionResource[], id: string): number => {
  const at = actions.findIndex(action => action.Id === id)
  if (at === -1) throw notFound(id)
  return at
}

const change = async (
  context: Context,
  spaceId: string,
  reference: string,
  expected: Expected,
  edit: (steps: StepResource[]) => StepResource[],
): Promise<StepResource[]> => {
  const project = await getProject(context.db, spaceId, reference)
  const { version, steps } = await editableSteps(context, project.id)
  const document = parse(processDocument, {
    Version: expected.version ?? version,
    Steps: edit(steps),
  })
  const { process } = await saveProcess(context, spaceId, project.id, document)
  return withoutSecrets(process.steps) as StepResource[]
}

const indexOf = (steps: StepResource[], id: string): number => {
  const at = steps.findIndex(step => step.Id === id)
  if (at === -1) throw notFound(id)
  return at
}

const last = (steps: StepResource[]): StepResource => {
  const step = steps.at(-1)
  if (!step) throw invalid('The process has no step.')
  return step
}
