import { mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { StepFailure } from '../actions/action.ts'
import { ACTIONS } from '../actions/actions.ts'
import { setAgentVariables } from '../actions/agent-variables.ts'
import { reportVariables } from '../actions/report-variables.ts'
import type { Before } from '../core/events.ts'
import { folderName, type Home } from '../home.ts'
import { Secrets } from '../log/masker.ts'
import { Spool } from '../log/spool.ts'
import { StepLog } from '../log/step-log.ts'
import type { Grant } from '../protocol/messages.ts'
import { type Result, reserveResult, spoolFile, writeResult } from '../result.ts'
import { StepVariables } from '../variables.ts'
import { collectArtifacts } from './artifacts.ts'
import { awaitsRestart, waitForRestart, wasEnded } from './going-down.ts'
import { sealOutputs } from './seal.ts'

/** Why a step is being ended before its time. */
export type StopReason = { outcome: 'canceled' | 'timed-out'; reason: string }

export type StepWork = {
  grant: Grant
  home: Home
  stop: AbortController
  /** Bytes of its log that are on disk. */
  onGrown: (bytes: number) => void
  before: Before
}

type Ending = Pick<Result, 'outcome' | 'exitCode' | 'signal' | 'reason'>

/**
 * Carries out one grant from first to last: pipes, masking, spool, time-out, result. Whatever goes
 * wrong becomes a result; it is on disk when this resolves. The working folder is left for
 * {@link removeWork}, which need not be waited for.
 */
export const runStep = async ({
  grant,
  home,
  stop,
  onGrown,
  before,
}: StepWork): Promise<Result> => {
  const name = folderName(grant.attempt)
  const folder = join(home.attempts, name)
  const work = join(home.work, name)
  makeFolder(folder)
  const variables = new StepVariables(grant)
  const reboots = `${before.reboots ?? 0}`
  if (grant.maximumReboots) variables.set('Slipway.Action.RebootCount', reboots)
  const secrets = new Secrets(variables.secrets())
  const spool = new Spool({
    path: spoolFile(folder),
    now: Date.now,
    onGrown,
    ...(before.logged && { continueAt: before.logged }),
  })
  const log = new StepLog({ secrets, append: text => spool.append(text), now: Date.now })
  log.onOutput(({ name: output, value, sensitive }) => variables.set(output, value, sensitive))
  setImmediate(() => reserveResult(folder))

  let ending: Ending
  try {
    mkdirSync(work, { recursive: true, mode: 0o700 })
    const action = ACTIONS[grant.actionType]
    if (!action) throw new StepFailure(unknownAction(grant.actionType))
    setAgentVariables(variables, home)
    reportVariables({ grant, variables, log })
    await action({ grant, home, work, variables, log, stop: stop.signal })
    ending = { outcome: 'succeeded', exitCode: 0, signal: null, reason: null }
  } catch (error) {
    ending = endingOf(error, log)
  }
  if (wasEnded(ending) && awaitsRestart(grant, before)) await waitForRestart(stop.signal)
  if (stop.signal.aborted) ending = stopped(ending, stop.signal.reason as StopReason)
  log.endOfProcess()
  if (ending.outcome !== 'succeeded' && ending.reason) log.say('error', ending.reason)
  const artifacts = collectArtifacts(log, [work, home.applications], folder)
  const outputs = sealOutputs([...log.outputs.values()], grant.outputsKey)
  const end = spool.finish()
  const reason = ending.reason === null ? null : secrets.mask(ending.reason).slice(0, 2_000)
  const result: Result = {
    ...ending,
    reason,
    ...end,
    warnings: log.hasWarnings,
    outputs,
    ...(artifacts.length > 0 && { artifacts }),
  }
  keepResult(folder, result)
  return result
}

const makeFolder = (path: string): void => {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 })
  } catch {
    // Without a log and a result on disk the step's own folder will say why it cannot run.
  }
}

/** On a full disk there is room for what was set aside: the outcome, if need be without outputs. The
 *  daemon, if it lives, is told the whole. */
const keepResult = (folder: string, result: Result): void => {
  try {
    writeResult(folder, result)
  } catch {
    try {
      writeResult(folder, { ...result, outputs: null, warnings: true })
    } catch {}
  }
}

/** What cannot be removed is swept away at the daemon's next start. */
export const removeWork = (attempt: string, home: Home): void => {
  try {
    rmSync(join(home.work, folderName(attempt)), { recursive: true, force: true })
  } catch {}
}

const endingOf = (error: unknown, log: StepLog): Ending => {
  const message = error instanceof Error ? error.message : String(error)
  const { exitCode, signal } =
    error instanceof StepFailure ? error : { exitCode: null, signal: null }
  return { outcome: 'failed', exitCode, signal, reason: log.resultMessage ?? message }
}

const stopped = ({ exitCode, signal }: Ending, { outcome, reason }: StopReason): Ending => ({
  outcome,
  exitCode,
  signal,
  reason,
})

/** The longest wait a timer knows; a longer one would be over at once. */
const LONGEST_MS = 2_147_483_647

/** Ends the step when its time is up, counted from its claim: fetching its packages is part of it. */
export const timeOut = (
  { timeoutMs }: Pick<Grant, 'timeoutMs'>,
  elapsedMs: number,
  stop: AbortController,
): NodeJS.Timeout | undefined => {
  if (timeoutMs <= 0) return undefined
  const left = Math.min(Math.max(timeoutMs - elapsedMs, 0), LONGEST_MS)
  return setTimeout(() => stop.abort(timedOut(timeoutMs)), left)
}

const timedOut = (timeoutMs: number): StopReason => ({
  outcome: 'timed-out',
  reason: `The step ran out of time after ${timeoutMs / 1000} s.`,
})

const unknownAction = (type: string) =>
  `This runner does not know the action type ${type}; it can do ${Object.keys(ACTIONS).join(', ')}.`
