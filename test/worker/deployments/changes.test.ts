import { describe, expect, it } from 'vitest'
import { type Change, changeVariables } from '../../../worker/deployments/changes.ts'

const commit = (Id: string, Comment: string) => ({ Id, Comment })
const build = (packageId: string, ...Commits: { Id: string; Comment: string }[]) => ({
  packageId,
  version: '1.0.0',
  build: {
    BuildEnvironment: '',
    BuildNumber: '1',
    BuildUrl: '',
    Branch: '',
    VcsType: '',
    VcsRoot: '',
    VcsCommitNumber: '',
    Commits,
  },
})
const told = (changes: Change[], template: string | null = null) =>
  Object.fromEntries(changeVariables(changes, template, [['Octopus.Project.Name', 'Shop']]))
const json = (text: string | undefined) => JSON.parse(text ?? '')

describe('what a deployment changes', () => {
  it('names each package, commit and issue once', () => {
    const shared = commit('abc1234', 'fixes #1')
    const facts = told([
      {
        version: '1.1.0',
        notes: '',
        builds: [build('Web', shared), build('Web', shared), build('Api', shared)],
      },
      { version: '1.0.1', notes: '', builds: [build('Web', shared, commit('d', 'resolve GH-2'))] },
    ])
    const [first] = json(facts['Octopus.Deployment.Changes'])
    expect(first.BuildInformation.map((each: { PackageId: string }) => each.PackageId)).toEqual([
      'Web',
      'Api',
    ])
    expect(first.Commits).toEqual([{ Id: 'abc1234', LinkUrl: null, Comment: 'fixes #1' }])
    const ids = json(facts['Octopus.Deployment.WorkItems']).map(({ Id }: { Id: string }) => Id)
    expect(ids).toEqual(['1', '2'])
    expect(json(facts['Octopus.Deployment.PackageBuildInformation'])).toHaveLength(2)
  })

  it.each([
    { template: '#{Octopus.Project.Name}', says: 'Shop' },
    { template: '#{Nothing}', says: '#{Nothing}' },
    { template: '#{each', says: '#{each' },
    { template: null, says: '### 1.0.0\nNotes.' },
  ])('is said by the template $template', ({ template, says }) => {
    const facts = told([{ version: '1.0.0', notes: 'Notes.\n', builds: [] }], template)
    expect(facts['Octopus.Deployment.ChangesMarkdown']).toBe(says)
  })

  it.each([
    { what: 'commits', kept: 'a'.repeat(3_000), comment: 'x'.repeat(200_000) },
    { what: 'long notes', kept: 'n'.repeat(500), comment: '', notes: 'n'.repeat(140_000) },
  ])('gives up $what when it would be too long', ({ kept, comment, notes = 'a'.repeat(3_000) }) => {
    const facts = told([{ version: '1.0.0', notes, builds: [build('Web', commit('c', comment))] }])
    const text = facts['Octopus.Deployment.Changes'] ?? ''
    expect(text.length).toBeLessThan(131_072)
    expect(json(text)).toMatchObject([{ Version: '1.0.0', ReleaseNotes: kept, Commits: [] }])
  })
})
