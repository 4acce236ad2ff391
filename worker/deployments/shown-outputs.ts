import { toBase64 } from '../access/digest.ts'
import type { Database } from '../database/client.ts'
import type { Environment } from '../environment.ts'
import { notFound } from '../http/problem.ts'
import { openSecrets, sensitiveOf } from './inputs.ts'
import { type DeploymentRow, selectDeployment, toLoaded } from './inputs-row.ts'
import type { ActionOutputs } from './outputs.ts'
import { SecretScreen } from './secret-screen.ts'

/** What a step has set for those after it, for people: a secret without its text. */
export type ShownOutput = {
  actionName: string
  /** Null: on a worker, or in no place at all. */
  machine: { id: string; name: string } | null
  name: string
  value: string | null
  isSensitive: boolean
}

/** Also a value that holds a secret of another step has no text. */
export const shownOutputs = (all: readonly ActionOutputs[]): ShownOutput[] => {
  const secrets = all.flatMap(({ outputs }) =>
    outputs.filter(({ sensitive }) => sensitive).map(({ value }) => value),
  )
  const shown = all.flatMap(({ actionName, machine, outputs }) =>
    outputs.map(({ name, value, sensitive }) => ({
      actionName,
      machine,
      name,
      value: sensitive ? null : value,
      isSensitive: sensitive,
    })),
  )
  return screened(shown, secrets)
}

/** Scripts may hand on a secret without saying that it is one. */
export const screened = (
  outputs: readonly ShownOutput[],
  secrets: Iterable<string>,
): ShownOutput[] => {
  const screen = new SecretScreen([...secrets].flatMap(secret => [secret, ...inBase64(secret)]))
  const encoder = new TextEncoder()
  return outputs.map(output =>
    output.value === null || screen.find(encoder.encode(output.value)).length === 0
      ? output
      : { ...output, value: null, isSensitive: true },
  )
}

/** What of a Base64 text comes from the secret alone, wherever in it the secret begins. */
const inBase64 = (secret: string): string[] => {
  const bytes = new TextEncoder().encode(secret)
  return [0, 1, 2].map(before => {
    const text = toBase64(new Uint8Array([...new Uint8Array(before), ...bytes]))
    const rest = (before + bytes.length) % 3
    return text.slice(Math.ceil((before * 4) / 3), rest === 0 ? undefined : rest - 5)
  })
}

const NOWHERE = { targets: [], pools: [], variables: [] }

/** Every secret that a deployment was given, whether it runs or has ended.
 *  @throws Problem `not_found` */
export const secretsGiven = async (
  env: Environment,
  db: Database,
  deploymentId: string,
): Promise<Iterable<string>> => {
  const [row] = await db.all<DeploymentRow>(selectDeployment(deploymentId))
  if (!row) throw notFound(deploymentId)
  return sensitiveOf(await openSecrets(env, db, await toLoaded(db, row, NOWHERE)))
}
