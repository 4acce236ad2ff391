import { sql } from 'drizzle-orm'
import { type Keyring, open, openKeyring, seal } from '../access/envelope.ts'
import type { Database } from '../database/client.ts'
import type { Environment } from '../environment.ts'
import type { ScopedVariable } from './precedence.ts'
import { inOrder, type Prompt, promptOf, readAnswers } from './prompt.ts'
import type { FrozenVariable } from './snapshot.ts'

export type { Prompt } from './prompt.ts'

type Asking = { variableSnapshotId: string; channelId: string; projectId: string }
type Where = { id: string; name: string }

/**
 * What is asked when the release is deployed to the environment, by label. Questions that are
 * scoped to other environments, channels or processes are left out; steps and targets are not known
 * yet, so those scoped to them are asked too.
 */
export const promptedVariables = async (
  db: Database,
  release: Asking,
  environment: Where,
): Promise<Prompt[]> => {
  const asking = await db.all<{ variable: string }>(sql`
    SELECT each.value AS variable FROM variable_snapshots AS frozen,
      json_each(frozen.document, '$.variables') AS each
    WHERE (frozen.id = ${release.variableSnapshotId} OR frozen.id IN (
        SELECT included.value FROM variable_snapshots AS whole,
          json_each(whole.document, '$.includes') AS included
        WHERE whole.id = ${release.variableSnapshotId}))
      AND json_type(each.value, '$.prompt') = 'object'`)
  const admits = (listed: readonly string[] | undefined, id: string) =>
    !listed?.length || listed.includes(id)
  return inOrder(
    asking
      .map(({ variable }) => JSON.parse(variable) as FrozenVariable)
      .filter(
        ({ scope }) =>
          admits(scope.Environment, environment.id) &&
          admits(scope.Channel, release.channelId) &&
          admits(scope.ProcessOwner, release.projectId),
      )
      .flatMap(variable => promptOf(variable, variable.prompt) ?? []),
  )
}

/** As a deployment keeps its answers: by variable id, the secret ones sealed for this deployment. */
export type StoredAnswers = {
  formValues: Record<string, string>
  sealedFormValues: Record<string, string>
}

const aadOf = (deploymentId: string, variableId: string) =>
  `deployments|${deploymentId}|form|${variableId}`

/**
 * Checks what was answered and makes it ready to be stored with the deployment.
 * @throws Problem `invalid` when something required is missing, unknown or not among the options
 */
export const storeAnswers = async (
  { env, db }: { env: Environment; db: Database },
  prompts: readonly Prompt[],
  given: Readonly<Record<string, string>>,
  deployment: { id: string; spaceId: string; environment: string },
): Promise<StoredAnswers> => {
  const answers = readAnswers(prompts, given, deployment.environment)
  const stored: StoredAnswers = { formValues: {}, sealedFormValues: {} }
  let keyring: Keyring | undefined
  for (const prompt of prompts) {
    const answer = answers[prompt.id]
    if (answer === undefined) continue
    if (prompt.isSensitive) {
      keyring ??= await openKeyring(env, db, deployment.spaceId)
      stored.sealedFormValues[prompt.id] = await seal(
        keyring,
        aadOf(deployment.id, prompt.id),
        answer,
      )
    } else stored.formValues[prompt.id] = answer
  }
  return stored
}

/** The answers in clear, for the coordinator, or to be given to another deployment. */
export type Answers = ReadonlyMap<string, { value: string; isSensitive: boolean }>

export const openAnswers = async (
  opening: Promise<Keyring>,
  deploymentId: string,
  { formValues, sealedFormValues }: StoredAnswers,
): Promise<Answers> => {
  const answers = new Map<string, { value: string; isSensitive: boolean }>()
  for (const [id, value] of Object.entries(formValues))
    answers.set(id, { value, isSensitive: false })
  const sealed = Object.entries(sealedFormValues)
  if (sealed.length === 0) return answers
  const keyring = await opening
  for (const [id, text] of sealed)
    answers.set(id, {
      value: await open(keyring, aadOf(deploymentId, id), text),
      isSensitive: true,
    })
  return answers
}

/** The variables with their answers in place of the stored values; these stand before all others. */
export const withAnswers = (
  variables: readonly ScopedVariable[],
  answers: Answers,
): ScopedVariable[] =>
  answers.size === 0
    ? [...variables]
    : variables.map(variable => {
        const answer = answers.get(variable.id)
        if (!answer) return variable
        const isSensitive = variable.isSensitive || answer.isSensitive
        return { ...variable, value: answer.value, isSensitive, isAnswered: true }
      })
