import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { listFiles } from '../../../runner/workspace/files.ts'
import { publish, zipOf } from '../../support/packages.ts'
import type { ProtocolServer } from '../../support/protocol-server.ts'
import { endPair, type RunnerProcess, runningPair } from '../../support/runner-process.ts'

// Real processes on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

let server: ProtocolServer
let runner: RunnerProcess
let www: string
beforeAll(async () => {
  ;({ server, runner } = await runningPair())
  www = join(runner.home, 'www')
  mkdirSync(www)
  writeFileSync(join(www, 'index.html'), 'running')
})
afterAll(() => endPair({ server, runner }))

const PREFIX = 'Octopus.Action.Package'
const FEATURES = [
  'Octopus.Features.JsonConfigurationVariables',
  'Octopus.Features.ConfigurationVariables',
  'Octopus.Features.ConfigurationTransforms',
  'Octopus.Features.SubstituteInFiles',
].join(',')

let count = 0
const deploy = async (
  files: Parameters<typeof zipOf>[0],
  properties: Record<string, string> = {},
) => {
  count += 1
  const attempt = server.offer({
    actionType: 'Octopus.TentaclePackage',
    packages: [publish(server, zipOf(files), '.zip', `1.0.${count}`)],
    properties: {
      'Octopus.Action.EnabledFeatures': FEATURES,
      [`${PREFIX}.JsonConfigurationVariablesTargets`]: '**/*.{json,yaml,xml,properties}',
      [`${PREFIX}.AutomaticallyUpdateAppSettingsAndConnectionStrings`]: 'True',
      [`${PREFIX}.AutomaticallyRunConfigurationTransformationFiles`]: 'True',
      [`${PREFIX}.CustomInstallationDirectory`]: www,
      [`${PREFIX}.CustomInstallationDirectoryShouldBePurgedBeforeDeployment`]: 'True',
      ...properties,
    },
    variables: [
      { name: 'a', value: 'new' },
      { name: '/a/b', value: 'new' },
      { name: 'loop', value: '#{loop}' },
    ],
  })
  const { outcome, reason } = await server.completion(attempt)
  return { outcome, reason, lines: server.lines(attempt) }
}

const entities = Array.from(
  { length: 12 },
  (_, i) => `<!ENTITY e${i + 1} "${`&e${i};`.repeat(10)}">`,
).join('')
const utf16 = (text: string) => Buffer.from(text, 'utf16le')

describe('a configuration file that cannot be read', () => {
  it.each([
    { what: 'JSON that ends too early', files: { 'x.json': '{"a": ' }, says: 'x.json cannot be' },
    { what: 'two JSON values', files: { 'x.json': '{"a":1} {"a":2}' }, says: 'x.json cannot be' },
    {
      what: 'JSON ten thousand levels deep',
      files: { 'x.json': '['.repeat(10_000) + ']'.repeat(10_000) },
      says: 'x.json cannot be read',
    },
    { what: 'YAML of mixed indents', files: { 'x.yaml': 'a:\n  - b\n c: d\n' }, says: 'x.yaml' },
    { what: 'YAML that never closes', files: { 'x.yaml': 'a: "b\n' }, says: 'x.yaml cannot be' },
    { what: 'YAML of brackets', files: { 'x.yaml': '['.repeat(50_000) }, says: 'x.yaml cannot' },
    { what: 'XML that never closes', files: { 'x.xml': '<a><b></a>' }, says: 'x.xml cannot be' },
    {
      what: 'XML of entities that multiply',
      files: { 'x.xml': `<!DOCTYPE a [<!ENTITY e0 "ha">${entities}]><a><b>&e12;</b></a>` },
      says: 'x.xml cannot be read',
    },
    {
      what: 'XML that reads other files',
      files: {
        'x.xml': '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]><a><b>&e;</b></a>',
      },
      says: 'x.xml cannot be read',
    },
    {
      what: 'XML ten thousand levels deep',
      files: { 'x.xml': '<a>'.repeat(10_000) + '</a>'.repeat(10_000) },
      says: 'x.xml cannot be read',
    },
    {
      what: 'properties with half an escape',
      files: { 'x.properties': 'a=\\u12' },
      says: 'x.properties cannot be read',
    },
    {
      what: 'XML of two bytes a character without a mark',
      files: { 'x.xml': utf16('<a><b>1</b></a>') },
      says: 'x.xml cannot be read',
    },
    {
      what: 'a picture called JSON',
      files: { 'x.json': Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 255]) },
      says: 'x.json cannot be read',
    },
    {
      what: 'settings that are no XML',
      files: { 'web.config': '<configuration><appSettings>' },
      says: 'web.config',
    },
    {
      what: 'settings with a document type',
      files: { 'web.config': '<!DOCTYPE x><configuration/>' },
      says: 'web.config',
    },
    {
      what: 'a transform that is no XML',
      files: { 'web.config': '<configuration/>', 'web.Release.config': '<configuration' },
      says: 'web.config could not be transformed by',
    },
    {
      what: 'a value that refers to itself',
      files: { 'x.json': '{"loop": 1}' },
      says: 'loop -> loop',
    },
  ])('fails the step for $what, and what runs is left alone', async ({ files, says }) => {
    const { outcome, reason } = await deploy(files)
    expect(outcome).toBe('failed')
    expect(reason).toContain(says)
    expect(reason?.length).toBeLessThan(2_000)
    expect(reason).not.toContain('root:')
    expect(listFiles(www)).toEqual(['index.html'])
    expect(readFileSync(join(www, 'index.html'), 'utf8')).toBe('running')
  })

  it('fails the step for a file of templates that refer to each other', async () => {
    const { outcome, reason } = await deploy(
      { 'x.txt': '#{loop}' },
      { 'Octopus.Action.SubstituteInFiles.TargetFiles': 'x.txt' },
    )
    expect(outcome).toBe('failed')
    expect(reason).toContain('x.txt: The variable loop refers to itself: loop -> loop')
  })
})
