import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { fromBase64 } from '../../../worker/access/digest.ts'
import { openWithMaster, seal } from '../../../worker/access/envelope.ts'
import type { Environment } from '../../../worker/environment.ts'
import { propertyAad } from '../../../worker/projects/process.ts'
import { bash, type Engine, startEngine } from './engine.ts'

vi.setConfig({ testTimeout: 60_000 })

const WAITING = 'Waiting for the database: the variables cannot be read now.'

let engine: Engine
let sealed: string
beforeAll(async () => {
  engine = await startEngine()
  await engine.runner('web-1', ['web'])
  sealed = await sealedPassword()
}, 60_000)
afterAll(() => engine?.stop())

/** As a process stores it. */
const sealedPassword = async () => {
  const [space] = await engine.sql("SELECT data_key FROM spaces WHERE id = 'Spaces-1'")
  const env = { MASTER_KEY: Buffer.alloc(32, 7).toString('base64') } as Environment
  const text = await openWithMaster(env, 'space-key|Spaces-1', space?.data_key as string)
  const key = await crypto.subtle.importKey('raw', fromBase64(text), 'AES-GCM', false, ['encrypt'])
  return seal({ spaceId: 'Spaces-1', key }, propertyAad('action-One', 'Password'), 'hunter22')
}

/** Its condition is asked before the first step: all variables must be at hand by then. */
const started = async () => {
  const step = bash('One', 'echo "length $(get_octopusvariable Password | wc -c)"', {
    Condition: 'Variable',
    stepProperties: { 'Octopus.Step.ConditionVariableExpression': '#{Octopus.Project.Name}' },
    properties: { Password: { Sealed: sealed } },
  })
  const id = await engine.deployment([step])
  expect(await engine.post(`/deeds/${id}/start`)).toEqual({ type: 'started' })
  return id
}
const column = (from: string, to: string) =>
  engine.sql(`ALTER TABLE spaces RENAME COLUMN ${from} TO ${to}`)

describe('while the database cannot tell the variables', () => {
  beforeAll(() => column('data_key', 'not_there'))

  it('a deployment waits, and goes on by itself when it can, also after the server came up again', async () => {
    const id = await started()
    const details = await engine.post(`/deeds/${id}/details`)
    expect(details).toMatchObject({ state: 'Executing', waitingFor: { text: WAITING } })
    await engine.restart()
    await column('not_there', 'data_key')
    const { state, texts } = await engine.end(id)
    expect(state).toBe('Success')
    expect(texts.filter(text => text === WAITING)).toHaveLength(1)
    expect(texts).toContain('length 8')
  })

  it('it can be cancelled', async () => {
    await column('data_key', 'not_there')
    const id = await started()
    await engine.post(`/deeds/${id}/cancel`, { by: 'Ada', reason: 'Canceled by Ada' })
    expect((await engine.end(id)).state).toBe('Canceled')
    await column('not_there', 'data_key')
  })
})
