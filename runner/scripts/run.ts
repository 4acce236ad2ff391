import { randomBytes } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type ActionContext, StepFailure } from '../actions/action.ts'
import { findProgram } from '../facts.ts'
import { cookieOf } from '../home.ts'
import { runCommand } from '../process/child.ts'
import { bashFiles } from './bash.ts'
import { withModules } from './modules.ts'
import { splitParameters } from './parameters.ts'
import { powershellFiles } from './powershell.ts'
import { pythonFiles } from './python.ts'
import { EXTENSIONS, type Syntax } from './syntax.ts'

export type Script = {
  syntax: Syntax | string
  /** The script itself, or the file that holds it. */
  text?: string
  file?: string
  /** Where it runs. */
  folder: string
  parameters?: string
  /** Told apart in what people see; `Script` if absent. */
  name?: string
}

/** What an interpreter needs: files beside the script, and how it is started. The variables reach
 *  it in `files`, never on its command line or in its environment. */
export type ScriptFiles = {
  files: Readonly<Record<string, string>>
  program: string
  args: readonly string[]
}

export type MakeFiles = (
  /** `path` is where the script lies; its start file lies in `folder`. `mark` is what the helper
   *  functions add to each message, ready to be put before its bracket; empty when there is none. */
  script: { text: string; path: string; folder: string; mark: string },
  variables: ActionContext['variables'],
) => ScriptFiles

type Interpreter = { syntax: Syntax; make: MakeFiles; program: string; needs: string }

const INTERPRETERS: readonly Interpreter[] = [
  { syntax: 'Bash', make: bashFiles, program: 'bash', needs: 'bash' },
  { syntax: 'PowerShell', make: powershellFiles, program: 'pwsh', needs: 'PowerShell 7 (pwsh)' },
  { syntax: 'Python', make: pythonFiles, program: 'python3', needs: 'Python 3 (python3)' },
]

/** Runs one script with the helper functions at its disposal; throws `StepFailure` when it ends
 *  with anything but 0. */
export const runScriptText = async (context: ActionContext, script: Script): Promise<void> => {
  const interpreter = INTERPRETERS.find(({ syntax }) => syntax === script.syntax)
  if (!interpreter) {
    const known = INTERPRETERS.map(({ syntax }) => syntax).join(', ')
    throw new StepFailure(`Scripts in ${script.syntax} are not supported here; choose ${known}.`)
  }
  if (!findProgram(interpreter.program)) {
    throw new StepFailure(
      `A ${script.syntax} script needs ${interpreter.needs}, which is not installed on this machine or not on the runner's PATH.`,
    )
  }
  scripts += 1
  const folder = join(context.work, `.slipway-${scripts}`)
  mkdirSync(folder, { mode: 0o700 })
  await runIn(folder, interpreter, context, script)
}

/** Each script's own files have a folder of their own; all go with the attempt's. */
let scripts = 0

const runIn = async (
  folder: string,
  { make, syntax }: Interpreter,
  context: ActionContext,
  script: Script,
): Promise<void> => {
  const { grant, home, variables, log, stop } = context
  const path = script.file ?? join(folder, `${script.name ?? 'Script'}.${EXTENSIONS[syntax]}`)
  const text = script.file ? readFileSync(path, 'latin1') : (script.text ?? '')
  if (!script.file) writeFileSync(path, normalise(text, syntax), { mode: 0o600 })
  else if (normalise(text, syntax) !== text) writeFileSync(path, normalise(text, syntax), 'latin1')
  const { files, program, args } = make({ text, path, folder, mark: markOf(context) }, variables)
  for (const [file, content] of Object.entries(files))
    writeFileSync(join(folder, file), content, { mode: 0o600 })
  log.hasErrorOutput = false
  const run = () =>
    runCommand({
      program,
      args: [...args, ...splitParameters(script.parameters ?? '')],
      folder: script.folder,
      cookie: cookieOf(home, grant.attempt),
      environment: environmentOf(context),
      stop,
      graceMs: grant.cancelGraceMs,
      onOutput: (stream, chunk) => log.write(stream, chunk),
    })
  const exit = await withModules(context, syntax, moduleFolder(script, syntax, folder), run)
  log.endOfProcess()
  if (exit.leftovers.length > 0 && !stop.aborted) {
    log.say('warning', `Ended what the script left running: ${exit.leftovers.join(', ')}.`)
  }
  if (exit.exitCode === 0) {
    if (log.hasErrorOutput && variables.getFlag('Octopus.Action.FailScriptOnErrorOutput')) {
      throw new StepFailure('The script wrote to its error output, which fails this step.', -1)
    }
    return
  }
  const ending = exit.signal ? `was ended by ${exit.signal}` : `exited with code ${exit.exitCode}`
  throw new StepFailure(`The script ${ending}.`, exit.exitCode, exit.signal)
}

/** A script that restarts its host finds here how often that has happened while it ran. */
const environmentOf = ({ grant, variables }: ActionContext): Record<string, string> =>
  grant.maximumReboots
    ? { SLIPWAY_REBOOT_COUNT: variables.get('Slipway.Action.RebootCount') ?? '0' }
    : {}

/** Output of a step may quote what others sent, service messages included. Where a step asks for it,
 *  only those are believed that carry a secret which the helper functions know. */
const markOf = ({ variables, log }: ActionContext): string => {
  if (!variables.getFlag('Slipway.Action.Script.RequireMessageMark')) return ''
  const nonce = randomBytes(16).toString('hex')
  log.requireMark(nonce)
  return ` nonce='${Buffer.from(nonce).toString('base64')}'`
}

/** Modules lie beside the script, which for one written in the step is where it runs. PowerShell's
 *  start file imports them itself. */
const moduleFolder = ({ file, folder }: Script, syntax: Syntax, own: string): string => {
  if (syntax === 'PowerShell') return own
  return file ? dirname(file) : folder
}

/** Bash takes neither byte order marks nor carriage returns. */
const normalise = (text: string, syntax: Syntax): string =>
  syntax === 'Bash'
    ? text.replace(/^(?:\ufeff|\u00ef\u00bb\u00bf)/, '').replaceAll('\r\n', '\n')
    : text
