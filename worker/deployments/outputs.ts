import * as z from 'zod'
import { type OutputVariable, outputVariable } from '../../runner/protocol/messages.ts'
import { fromBase64, toBase64 } from '../access/digest.ts'
import type { Environment } from '../environment.ts'

/** What one finished action gave to the steps after it. `machine` is null for a pool's worker. */
export type ActionOutputs = {
  actionName: string
  machine: { id: string; name: string } | null
  outputs: OutputVariable[]
}

/**
 * The key an attempt's outputs are sealed with on the runner's disk, on the wire and here. It is
 * derived from the master key and never stored, so what is stored does not open by itself.
 */
export const outputsKey = async (
  env: Pick<Environment, 'MASTER_KEY'>,
  attempt: string,
): Promise<Uint8Array<ArrayBuffer>> => {
  const root = await crypto.subtle.importKey('raw', fromBase64(env.MASTER_KEY), 'HKDF', false, [
    'deriveBits',
  ])
  const bits = await crypto.subtle.deriveBits(
    {
      name: 'HKDF',
      hash: 'SHA-256',
      salt: new Uint8Array(),
      info: new TextEncoder().encode(`slipway outputs v1|${attempt}`),
    },
    root,
    256,
  )
  return new Uint8Array(bits)
}

export const outputsKeyText = async (env: Pick<Environment, 'MASTER_KEY'>, attempt: string) =>
  toBase64(await outputsKey(env, attempt))

/** Undefined when it was sealed with another key, or is no list of output variables. */
export const openOutputs = async (
  env: Pick<Environment, 'MASTER_KEY'>,
  attempt: string,
  sealed: string,
): Promise<OutputVariable[] | undefined> => {
  const [iv, body] = sealed.split('.')
  if (!iv || !body) return undefined
  try {
    const key = await crypto.subtle.importKey(
      'raw',
      await outputsKey(env, attempt),
      'AES-GCM',
      false,
      ['decrypt'],
    )
    const text = await crypto.subtle.decrypt(
      { name: 'AES-GCM', iv: fromBase64(iv) },
      key,
      fromBase64(body),
    )
    return z
      .array(outputVariable)
      .max(10_000)
      .parse(JSON.parse(new TextDecoder().decode(text)))
  } catch {
    return undefined
  }
}

/**
 * The variables that outputs make for a later step on `machineId` (null: on a worker): the full
 * name with the target, and the short one, of this target's own value if it set one, else of
 * whichever finished last.
 */
export const outputVariables = (
  all: readonly ActionOutputs[],
  machineId: string | null,
): { name: string; value: string; isSensitive: boolean }[] => {
  const named = new Map<string, { name: string; value: string; isSensitive: boolean }>()
  const set = (name: string, { value, sensitive }: OutputVariable) =>
    named.set(name.toLowerCase(), { name, value, isSensitive: sensitive })
  for (const { actionName, machine, outputs } of all)
    for (const output of outputs) {
      const base = `Octopus.Action[${actionName}].Output`
      if (machine) set(`${base}[${machine.name}].${output.name}`, output)
      set(`${base}.${output.name}`, output)
    }
  for (const { actionName, machine, outputs } of all)
    if (machine !== null && machine.id === machineId)
      for (const output of outputs)
        set(`Octopus.Action[${actionName}].Output.${output.name}`, output)
  return [...named.values()]
}

/** Which of the short names mean another value by now, since another target set them before. */
export const rivalsOf = (all: readonly ActionOutputs[], next: ActionOutputs): string[] => {
  const { machine, actionName } = next
  if (machine === null) return []
  return next.outputs.flatMap(({ name, value }) => {
    const rival = all.find(
      each =>
        each.actionName === actionName &&
        each.machine !== null &&
        each.machine.id !== machine.id &&
        each.outputs.some(other => other.name === name && other.value !== value),
    )
    if (!rival) return []
    const short = `Octopus.Action[${actionName}].Output.${name}`
    return [
      `${short} was set to different values by ${rival.machine?.name} and ${machine.name}: elsewhere it means the last one, of ${machine.name}. Name the target to be sure.`,
    ]
  })
}
