import { describe, expect, it } from 'vitest'
import { describeRequest } from '../../../runner/log/requests.ts'

describe('a script that asks for other infrastructure', () => {
  it.each([
    {
      message: {
        name: 'createStepPackageTarget',
        properties: { name: 'web-3', octopusRoles: 'web,blue' },
      },
      says: 'The script asks to create the target web-3 with the tags web,blue. Scripts cannot change the infrastructure here; do it in the portal or by the API.',
    },
    {
      message: { name: 'delete-target', properties: { machine: 'web-1' } },
      says: 'The script asks to delete the target web-1. Scripts cannot change the infrastructure here; do it in the portal or by the API.',
    },
    {
      message: { name: 'create-tokenaccount', properties: { token: 'secret' } },
      says: 'The script asks to create the account without a name. Scripts cannot change the infrastructure here; do it in the portal or by the API.',
    },
    { message: { name: 'setVariable', properties: { name: 'a' } }, says: undefined },
    { message: { name: 'toString', properties: {} }, says: undefined },
  ])('is answered: $says', ({ message, says }) => {
    expect(describeRequest(message as never)).toBe(says)
  })
})
