import { runScriptText } from '../scripts/run.ts'
import { scriptOf } from '../scripts/syntax.ts'
import { type Action, StepFailure } from './action.ts'

/** *Run a script*: the body is substituted, then run in the attempt's own folder. */
export const runScript: Action = async context => {
  const { variables, work } = context
  const script = scriptOf(variables)
  if (!script) {
    throw new StepFailure(
      'The step has no script: expected Octopus.Action.Script.ScriptBody, found nothing.',
    )
  }
  await runScriptText(context, {
    syntax: script.syntax,
    text: variables.substitute(script.body),
    folder: work,
    parameters: variables.get('Octopus.Action.Script.ScriptParameters') ?? '',
  })
}
