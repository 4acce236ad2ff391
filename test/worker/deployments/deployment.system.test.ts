import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bash, type Engine, startEngine } from './engine.ts'

let engine: Engine

beforeAll(async () => {
  engine = await startEngine()
  await engine.runner('web-1', ['web'])
}, 60_000)
afterAll(() => engine?.stop())

describe('a deployment onto a real runner', () => {
  it('runs its steps in order and tells how it ended', async () => {
    const id = await engine.deployment([
      bash('Build', 'echo one'),
      bash('Publish', 'echo "two on $(get_octopusvariable Octopus.Machine.Name)"'),
    ])
    expect(await engine.post(`/deeds/${id}/start`)).toEqual({ type: 'started' })
    const { state, texts } = await engine.end(id)
    expect(state).toBe('Success')
    expect(texts.filter(text => /^(one|two)/.test(text))).toEqual(['one', 'two on web-1'])
  })
})
