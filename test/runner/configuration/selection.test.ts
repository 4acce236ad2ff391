import { describe, expect, it } from 'vitest'
import { selectTransforms } from '../../../runner/configuration/transforms/selection.ts'
import { VariableDictionary } from '../../../runner/substitution/evaluate.ts'

const PREFIX = 'Octopus.Action.Package'
const select = (named: string, files: string[], isAutomatic = false, outside?: string[]) => {
  const variables = new VariableDictionary({
    [`${PREFIX}.AdditionalXmlConfigurationTransforms`]: named,
    [`${PREFIX}.AutomaticallyRunConfigurationTransformationFiles`]: String(isAutomatic),
    'Octopus.Environment.Name': 'Staging',
  })
  const { transforms, unmatched } = selectTransforms(files, variables, () => outside ?? [])
  return { ...Object.fromEntries(transforms), ...(unmatched.length > 0 && { unmatched }) }
}

describe('choosing transforms', () => {
  it.each([
    {
      what: 'a pair in folders with the slashes of Windows',
      named: 'transforms\\web.my.config => .\\config\\web.config',
      files: ['config/web.config', 'transforms/web.my.config'],
      gives: { 'config/web.config': ['transforms/web.my.config'] },
    },
    {
      what: 'a pair whose folder is not at the top',
      named: 't/web.my.config => config/web.config',
      files: ['x/config/web.config', 'x/t/web.my.config', 'myconfig/web.config', 't/web.my.config'],
      gives: { 'x/config/web.config': ['x/t/web.my.config'] },
    },
    {
      what: 'both sides of a pair in one folder',
      named: 'config/web.my.config => config/web.config',
      files: ['config/web.config', 'config/web.my.config'],
      gives: { 'config/web.config': ['config/web.my.config'] },
    },
    {
      what: 'a pair in every folder that has both',
      named: 'web.my.config => web.config',
      files: ['web.config', 'web.my.config', 'a/web.config', 'a/web.my.config', 'b/web.config'],
      gives: { 'web.config': ['web.my.config'], 'a/web.config': ['a/web.my.config'] },
    },
    {
      what: 'pairs in folders by their stem',
      named: 't/*.my.config => c/*.config',
      files: ['c/a.config', 'c/b.config', 't/a.my.config', 't/c.my.config'],
      gives: { 'c/a.config': ['t/a.my.config'] },
    },
    {
      what: 'a transform without its extension',
      named: 'web.my => web.config',
      files: ['web.config', 'web.my.config', 'web.my'],
      gives: { 'web.config': ['web.my.config', 'web.my'] },
    },
    {
      what: 'a target in other case, but no transform',
      named: 'web.my.config => WEB.config, WEB.other.config => web.config',
      files: ['web.config', 'web.my.config', 'web.other.config'],
      gives: { 'web.config': ['web.my.config'], unmatched: ['WEB.other.config => web.config'] },
    },
    {
      what: 'transforms with a star inside their name, but no such target',
      named: 'app.*.my.config => app.exe.config, app.a.my.config => app.*.config',
      files: ['app.exe.config', 'app.a.my.config', 'app.b.my.config', 'other.c.my.config'],
      gives: {
        'app.exe.config': ['app.a.my.config', 'app.b.my.config'],
        unmatched: ['app.a.my.config => app.*.config'],
      },
    },
    {
      what: 'nothing for what is no pair',
      named: '=> web.config, web.my.config =>',
      files: ['web.config', 'web.my.config'],
      gives: {},
    },
    {
      what: 'nothing that lies above the folder',
      named: '../secret.config => web.config',
      files: ['web.config'],
      gives: { unmatched: ['../secret.config => web.config'] },
    },
  ])('finds $what', ({ named, files, gives }) => {
    expect(select(named, files)).toEqual(gives)
  })

  it('finds a transform in an absolute folder', () => {
    expect(
      select('/etc/t/web.my.config => web.config', ['web.config'], false, ['web.my.config']),
    ).toEqual({
      'web.config': ['/etc/t/web.my.config'],
    })
  })

  it('finds the environment by its name, and says nothing of what is only looked for', () => {
    expect(select('', ['web.config', 'web.Staging.config'], true)).toEqual({
      'web.config': ['web.Staging.config'],
    })
  })
})
