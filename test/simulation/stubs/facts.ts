// Stands in for runner/facts.ts.
import { hostHere } from '../here.ts'

export * from '../../../runner/facts.ts'

export const RUNNER_VERSION = '0.1.0'
export const collectFacts = () => ({
  hostname: hostHere().name,
  os: 'model',
  arch: 'model',
  runnerVersion: RUNNER_VERSION,
  protocolVersion: 1,
  runtime: 'model',
  bootId: hostHere().bootId,
  shells: [],
})
export const findProgram = () => undefined
export const freeBytes = () => undefined
