import { openDatabase } from '../database/client.ts'
import type { Environment } from '../environment.ts'
import { type Attempt, attemptName, type Execution } from './execution-state.ts'
import {
  type Inputs,
  type Loaded,
  openSecrets,
  readAgain,
  type Secrets,
  sensitiveOf,
} from './inputs.ts'
import type { Kept } from './kept.ts'
import { type Manifest, oracleOf } from './manifest.ts'
import { manualOutputs } from './manual.ts'
import type { Oracle } from './oracle.ts'
import { type ActionOutputs, openOutputs, rivalsOf } from './outputs.ts'
import { SecretScreen } from './secret-screen.ts'
import { type ShownOutput, shownOutputs } from './shown-outputs.ts'
import type { DeploymentStorage } from './storage.ts'
import { placed } from './whereabouts.ts'

/**
 * What variables are made from, held in memory: secrets are read from libSQL when the deployment
 * starts, and again when the object has come up again; outputs are opened from what is stored.
 */
export class ManifestSource {
  readonly #env: Environment
  readonly #storage: DeploymentStorage
  #opening: Promise<Secrets> | undefined
  #secrets: Secrets | undefined
  #outputs: ActionOutputs[] | undefined
  #kept: Kept | null = null
  #screen: { outputs: number; screen: SecretScreen } | undefined

  constructor(env: Environment, storage: DeploymentStorage) {
    this.#env = env
    this.#storage = storage
  }

  /** Opens the secrets beside everything else; whoever needs them waits for them.
   *  @param kept what an earlier deployment leaves to this one; it is not stored yet */
  begin(loaded: Pick<Loaded, 'inputs' | 'steps' | 'formValues'>, kept: Kept | null): void {
    this.#kept = kept
    if (!kept) this.#outputs = []
    this.#hold(openSecrets(this.#env, openDatabase(this.#env), loaded))
  }

  /** @throws Error when libSQL cannot be read or a secret does not open */
  async get(inputs: Inputs, execution: Execution): Promise<Manifest> {
    const secrets = this.#secrets ?? (await (this.#opening ?? this.#hold(this.#reload(inputs.id))))
    this.#outputs ??= await this.#readOutputs(execution)
    return this.#manifest(inputs, secrets, this.#outputs)
  }

  /** A decision may have to ask for a condition or a text: then everything must be at hand. */
  async ready(inputs: Inputs, execution: Execution): Promise<void> {
    const asks = execution.plan.steps.some(
      step =>
        step.expression !== null ||
        step.actions.some(({ expression, manual }) => expression !== null || manual),
    )
    if (asks) await this.get(inputs, execution)
    else this.#outputs ??= await this.#readOutputs(execution)
  }

  /** What steps have set so far, for people to see. */
  async shown(execution: Execution): Promise<ShownOutput[]> {
    this.#outputs ??= await this.#readOutputs(execution)
    return shownOutputs([...this.#outputs, ...manualOutputs(execution)])
  }

  /** Finds what must not be in a log; undefined while the secrets are not at hand: they are not
   *  waited for, since every runner has masked them already. */
  screen(): SecretScreen | undefined {
    const outputs = this.#outputs?.length ?? 0
    if (!this.#secrets) return undefined
    if (this.#screen?.outputs !== outputs) {
      const all = [...sensitiveOf(this.#secrets), ...sensitiveOutputs(this.#outputs ?? [])]
      this.#screen = { outputs, screen: new SecretScreen(all) }
    }
    return this.#screen.screen
  }

  oracle(inputs: Inputs): Oracle {
    const oracle = () => {
      if (!this.#secrets) throw new Error('a condition was asked before its variables were read')
      return oracleOf(this.#manifest(inputs, this.#secrets, this.#outputs ?? []))
    }
    return {
      holds: (execution, at) => oracle().holds(execution, at),
      text: (execution, at, template) => oracle().text(execution, at, template),
    }
  }

  /** Undefined when they do not open with the key of the attempt's grant. */
  async open(
    execution: Execution,
    attempt: Attempt,
    sealed: string,
  ): Promise<ActionOutputs | undefined> {
    const name = attemptName(execution.deployment, attempt.number)
    const outputs = await openOutputs(this.#env, name, sealed)
    return outputs && { ...ownerOf(execution, attempt), outputs }
  }

  /** What has just been opened; it is for the caller to store it.
   *  @returns in words, which of them another target has set to something else */
  add(opened: ActionOutputs): string[] {
    const rivals = rivalsOf(this.#outputs ?? [], opened)
    this.#outputs?.push(opened)
    return rivals
  }

  #hold(opening: Promise<Secrets>): Promise<Secrets> {
    this.#opening = opening
    opening.then(
      secrets => {
        this.#secrets = secrets
      },
      () => {
        this.#opening = undefined
      },
    )
    return opening
  }

  async #reload(id: string): Promise<Secrets> {
    const db = openDatabase(this.#env)
    const loading = await readAgain(db, id)
    if (loading.type !== 'loaded') throw new Error(`${id} cannot be read again: ${loading.type}`)
    return openSecrets(this.#env, db, loading)
  }

  async #readOutputs(execution: Execution): Promise<ActionOutputs[]> {
    const all: ActionOutputs[] = []
    const kept = this.#kept ?? this.#storage.kept
    for (const { attempt, sealed, ...owner } of kept?.outputs ?? []) {
      const outputs = await openOutputs(this.#env, attempt, sealed)
      if (outputs) all.push({ ...owner, outputs })
    }
    all.push(...(kept?.answers ?? []))
    for (const { attempt, sealed } of inOrder(this.#storage.outputs(), execution)) {
      const opened = await this.open(execution, attempt, sealed)
      if (opened) all.push(opened)
    }
    return all
  }

  #manifest(inputs: Inputs, secrets: Secrets, outputs: ActionOutputs[]): Manifest {
    return { inputs, secrets, outputs, publicUrl: this.#env.PUBLIC_URL }
  }
}

/** Whose outputs an attempt's are. */
export const ownerOf = (
  { plan }: Pick<Execution, 'plan'>,
  attempt: Attempt,
): Omit<ActionOutputs, 'outputs'> => {
  const { action, lane } = placed(plan, attempt)
  const target = lane.targetId === null ? undefined : plan.targets[lane.targetId]
  const machine = target ? { id: target.id, name: target.name } : null
  return { actionName: action.name, machine }
}

/** In the order in which their attempts ended: the last one wins. */
export const inOrder = (
  stored: { attempt: number; sealed: string }[],
  { attempts }: Pick<Execution, 'attempts'>,
): { attempt: Attempt; sealed: string }[] =>
  stored
    .flatMap(({ attempt: number, sealed }) => {
      const attempt = attempts[number - 1]
      return attempt ? [{ attempt, sealed }] : []
    })
    .sort((left, right) => (left.attempt.endedAt ?? 0) - (right.attempt.endedAt ?? 0))

const sensitiveOutputs = (all: readonly ActionOutputs[]): string[] =>
  all.flatMap(({ outputs }) => outputs.flatMap(each => (each.sensitive ? [each.value] : [])))
