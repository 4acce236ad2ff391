import { expect, it } from 'vitest'
import { screened, shownOutputs } from '../../../worker/deployments/shown-outputs.ts'

const output = (name: string, value: string, sensitive = false) => ({ name, value, sensitive })
const web = { id: 'Machines-1', name: 'web-1' }

it('shows who set what, of a secret only that it is there', () => {
  const shown = shownOutputs([
    { actionName: 'Build', machine: web, outputs: [output('Port', '80')] },
    {
      actionName: 'Log in',
      machine: null,
      outputs: [
        output('Token', 'canary-token-1', true),
        output('Url', 'http://x?t=canary-token-1'),
      ],
    },
  ])
  expect(shown).toEqual([
    { actionName: 'Build', machine: web, name: 'Port', value: '80', isSensitive: false },
    { actionName: 'Log in', machine: null, name: 'Token', value: null, isSensitive: true },
    { actionName: 'Log in', machine: null, name: 'Url', value: null, isSensitive: true },
  ])
})

it.each([
  'x canary-password-2 y',
  btoa('canary-password-2'),
  btoa('u:canary-password-2!'),
  btoa('user:canary-password-2'),
])('shows no value that holds a secret of the deployment: %s', value => {
  const shown = shownOutputs([
    { actionName: 'A', machine: null, outputs: [output('Handed on', value), output('B', 'b')] },
  ])
  expect(screened(shown, ['canary-password-2'])).toMatchObject([
    { value: null, isSensitive: true },
    { value: 'b', isSensitive: false },
  ])
})
