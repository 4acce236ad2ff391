import { expect, it } from 'vitest'
import { reportVariables } from '../../../runner/actions/report-variables.ts'
import { Secrets } from '../../../runner/log/masker.ts'
import { StepLog } from '../../../runner/log/step-log.ts'
import type { Grant } from '../../../runner/protocol/messages.ts'
import { StepVariables } from '../../../runner/variables.ts'

const canary = 'canary-print-31'

const reported = (
  variables: Grant['variables'],
  properties: Record<string, string> = {},
): string[] => {
  const grant = { properties, variables } as Grant
  const step = new StepVariables(grant)
  let text = ''
  const log = new StepLog({
    secrets: new Secrets(step.secrets()),
    append: records => (text += records),
    now: () => 0,
  })
  reportVariables({ grant, variables: step, log })
  return text.split('\n').filter(line => line !== '')
}
const given = [
  { name: 'Host', value: 'shop.test' },
  { name: 'Url', value: 'https://#{Host}/' },
  { name: 'Password', value: canary, sensitive: true },
  { name: 'Login', value: 'shop:#{Password | ToBase64}' },
]

it('says nothing unless it is asked to', () => {
  expect(reported(given)).toEqual([])
})

it.each([
  ['OctopusPrintVariables', "[Url] = 'https://#{Host}/'"],
  ['OctopusPrintEvaluatedVariables', "[Url] = 'https://shop.test/'"],
])('%s prints all of them with a warning, and no secret', (name, line) => {
  const text = reported([...given, { name, value: 'True' }]).join('\n')
  expect(text).toContain(`${name} is True: the `)
  expect(text).toContain(line)
  expect(text).toContain("[Password] = '********'")
  expect(text).toContain("[Login] = '********'")
  expect(text).not.toContain(canary)
  expect(text).not.toContain(btoa(canary).slice(0, 8))
})

it('warns when a variable stands before the setting of that name, unless that is wanted', () => {
  const variables = [{ name: 'octopus.action.script.syntax', value: 'Python' }]
  const properties = { 'Octopus.Action.Script.Syntax': 'Bash' }
  expect(reported(variables, properties).join()).toContain(
    'The variable Octopus.Action.Script.Syntax stands before the setting of that name in the step.',
  )
  expect(reported([], properties)).toEqual([])
  const quiet = { name: 'OctopusSuppressDuplicateVariableWarning', value: 'True' }
  expect(reported([...variables, quiet], properties)).toEqual([])
})
