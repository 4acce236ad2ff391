import { describe, expect, it } from 'vitest'
import { FormFields } from '../../../worker/http/form.ts'
import { Problem } from '../../../worker/http/problem.ts'
import { readSteps, type Step } from '../../../worker/projects/process.ts'
import { kindOf, stepFrom, summaryOf, valuesOf } from '../../../worker/projects/step-form.ts'

const fields = (values: Record<string, string | string[]>) =>
  new FormFields(
    Object.entries(values).flatMap(([name, value]) =>
      [value].flat().map((each): [string, string] => [name, each]),
    ),
  )

const script = {
  name: 'Migrate the database',
  runOn: 'targets',
  targetTags: 'web, cache, web',
  condition: 'Success',
  syntax: 'Python',
  scriptBody: 'print("hi")',
}

const web = {
  name: 'Deploy the shop',
  targetTags: 'web',
  condition: 'Always',
  packageId: 'Shop.Web',
  substituteInFiles: 'settings.json\nconfig/**/*.xml',
  installDirectory: '/srv/shop',
  purge: 'true',
  scriptSyntax: 'PowerShell',
  postDeploy: 'Restart-Service shop',
}

const read = (document: Record<string, unknown>): Step => {
  const [step] = readSteps([{ Id: 'steps-1', ...document }])
  if (!step) throw new Error('no step')
  return step
}

const refusal = (run: () => unknown): Record<string, string> => {
  try {
    run()
  } catch (error) {
    if (error instanceof Problem) return error.detail.fields ?? {}
    throw error
  }
  return {}
}

describe('the form of a step', () => {
  it('makes a script that runs on each target with a tag', () => {
    expect(stepFrom('script', fields(script), undefined, 'feeds-builtin')).toEqual({
      Name: 'Migrate the database',
      Condition: 'Success',
      StartTrigger: 'StartAfterPrevious',
      Properties: { 'Octopus.Action.TargetRoles': 'web,cache' },
      Actions: [
        {
          Name: 'Migrate the database',
          ActionType: 'Octopus.Script',
          IsDisabled: false,
          IsRequired: false,
          Environments: [],
          ExcludedEnvironments: [],
          Channels: [],
          TenantTags: [],
          WorkerPoolId: null,
          WorkerPoolVariable: null,
          Properties: {
            'Octopus.Action.RunOnServer': 'False',
            'Octopus.Action.Script.ScriptSource': 'Inline',
            'Octopus.Action.Script.Syntax': 'Python',
            'Octopus.Action.Script.ScriptBody': 'print("hi")',
          },
        },
      ],
    })
  })

  it('makes a script that runs once on a worker, which has no tags', () => {
    const step = read(stepFrom('script', fields({ ...script, runOn: 'server' }), undefined, ''))
    expect(step.properties['Octopus.Action.TargetRoles']).toBeUndefined()
    expect(step.actions[0]?.properties['Octopus.Action.RunOnServer']).toBe('True')
  })

  it('makes a package step with the features that it uses', () => {
    const step = read(stepFrom('package', fields(web), undefined, 'feeds-builtin'))
    const [action] = step.actions
    expect(action?.actionType).toBe('Octopus.TentaclePackage')
    expect(action?.packages).toMatchObject([
      { name: '', packageId: 'Shop.Web', feedId: 'feeds-builtin', acquisitionLocation: 'Server' },
    ])
    expect(action?.properties).toEqual({
      'Octopus.Action.Package.PackageId': 'Shop.Web',
      'Octopus.Action.Package.FeedId': 'feeds-builtin',
      'Octopus.Action.SubstituteInFiles.Enabled': 'True',
      'Octopus.Action.SubstituteInFiles.TargetFiles': 'settings.json\nconfig/**/*.xml',
      'Octopus.Action.Package.CustomInstallationDirectory': '/srv/shop',
      'Octopus.Action.Package.CustomInstallationDirectoryShouldBePurgedBeforeDeployment': 'True',
      'Octopus.Action.CustomScripts.PostDeploy.ps1': 'Restart-Service shop',
      'Octopus.Action.EnabledFeatures':
        'Octopus.Features.CustomDirectory,Octopus.Features.CustomScripts,Octopus.Features.SubstituteInFiles',
    })
  })

  it.each([
    { kind: 'script', values: script },
    { kind: 'package', values: web },
  ] as const)('shows a $kind step as it was filled in', ({ kind, values }) => {
    const step = read(stepFrom(kind, fields(values), undefined, 'feeds-builtin'))
    expect(kindOf(step)).toBe(kind)
    const shown: Record<string, unknown> = valuesOf(step)
    for (const [name, value] of Object.entries(values))
      if (name !== 'targetTags') expect(shown[name], name).toBe(value)
  })

  it('keeps what it does not show', () => {
    const before = {
      Id: 'steps-1',
      Slug: 'migrate',
      PackageRequirement: 'BeforePackageAcquisition',
      Properties: { 'Octopus.Step.Something': '2', 'Octopus.Action.TargetRoles': 'old' },
      Actions: [
        {
          Id: 'actions-1',
          Notes: 'Mind the gap.',
          Properties: { 'Octopus.Action.Something': '5' },
        },
      ],
    }
    expect(stepFrom('script', fields(script), before, '')).toMatchObject({
      Id: 'steps-1',
      Slug: 'migrate',
      PackageRequirement: 'BeforePackageAcquisition',
      Properties: {
        'Octopus.Step.Something': '2',
        'Octopus.Action.TargetRoles': 'web,cache',
      },
      Actions: [
        {
          Id: 'actions-1',
          Notes: 'Mind the gap.',
          Properties: {
            'Octopus.Action.Something': '5',
            'Octopus.Action.Script.Syntax': 'Python',
          },
        },
      ],
    })
  })

  it('takes away what is no longer filled in', () => {
    const first = stepFrom('package', fields(web), undefined, 'feeds-builtin')
    const { postDeploy: _, installDirectory: __, ...less } = web
    const second = read(stepFrom('package', fields(less), first, 'feeds-builtin'))
    expect(second.actions[0]?.properties).toEqual({
      'Octopus.Action.Package.PackageId': 'Shop.Web',
      'Octopus.Action.Package.FeedId': 'feeds-builtin',
      'Octopus.Action.SubstituteInFiles.Enabled': 'True',
      'Octopus.Action.SubstituteInFiles.TargetFiles': 'settings.json\nconfig/**/*.xml',
      'Octopus.Action.EnabledFeatures': 'Octopus.Features.SubstituteInFiles',
    })
  })

  it('changes only name, tags and condition of a step of another kind', () => {
    const before = {
      Id: 'steps-1',
      Properties: {},
      Actions: [{ Id: 'a', ActionType: 'Octopus.Manual', Properties: { Instructions: 'Look' } }],
    }
    const values = { name: 'Approve', condition: 'Success', targetTags: '' }
    expect(stepFrom('other', fields(values), before, '')).toMatchObject({
      Name: 'Approve',
      Actions: [{ ActionType: 'Octopus.Manual', Properties: { Instructions: 'Look' } }],
    })
  })

  it.each([
    { what: 'no name', kind: 'script', values: { ...script, name: ' ' }, wrong: ['name'] },
    {
      what: 'no tag',
      kind: 'script',
      values: { ...script, targetTags: ',' },
      wrong: ['targetTags'],
    },
    {
      what: 'no script',
      kind: 'script',
      values: { ...script, scriptBody: '\n' },
      wrong: ['scriptBody'],
    },
    {
      what: 'no package',
      kind: 'package',
      values: { ...web, packageId: '' },
      wrong: ['packageId'],
    },
    {
      what: 'a condition without its expression',
      kind: 'package',
      values: { ...web, condition: 'Variable' },
      wrong: ['conditionExpression'],
    },
  ] as const)('is refused with $what, at that field', ({ kind, values, wrong }) =>
    expect(Object.keys(refusal(() => stepFrom(kind, fields(values), undefined, '')))).toEqual(
      wrong,
    ),
  )
})

describe('a step in the list', () => {
  it.each([
    {
      body: '#!/bin/bash\nset -eu\n\n# Comment\n./migrate.sh --wait',
      summary: './migrate.sh --wait',
    },
    { body: '', summary: '' },
  ])('is told by the first line that does something: "$summary"', ({ body, summary }) =>
    expect(
      summaryOf(
        read(stepFrom('script', fields({ ...script, scriptBody: body || ' x ' }), undefined, '')),
      ),
    ).toBe(summary || 'x'),
  )
})
