import { describe, expect, it } from 'vitest'
import {
  indexByName,
  resolve,
  type ScopeContext,
  type ScopedVariable,
} from '../../../worker/variables/precedence.ts'
import type { Scope } from '../../../worker/variables/scope.ts'

const value = (
  text: string,
  scope: Scope = {},
  source: 'project' | 'library' = 'project',
): ScopedVariable => ({
  id: text,
  name: 'Greeting',
  value: text,
  isSensitive: false,
  type: 'String',
  scope,
  source,
  setId: source === 'project' ? 'variableset-Projects-1' : 'variableset-LibraryVariableSets-1',
})

/** Web-1 of Production in a step that targets web; the release is of channel Default. */
const here: ScopeContext = {
  environmentId: 'Environments-3',
  machineId: 'Machines-1',
  machineTags: ['web', 'europe'],
  stepTags: ['web'],
  stepId: 'step-1',
  actionId: 'action-1',
  channelId: 'Channels-1',
  tenantTags: ['Region/North'],
  processOwnerId: 'Projects-1',
}

const winner = (values: ScopedVariable[], at: ScopeContext = here) =>
  resolve(values, at)[0]?.winner.value

describe('the value that holds', () => {
  /** From the most to the least specific. */
  const order: [name: string, value: ScopedVariable, rule: string][] = [
    ['step', value('a', { action: ['action-1'] }), 'It is scoped to this step.'],
    ['target', value('b', { machine: ['Machines-1'] }), 'It is scoped to this target.'],
    [
      'targeted tag',
      value('c', { role: ['WEB'] }),
      'It is scoped to a tag of the target that the step targets.',
    ],
    ['other tag', value('d', { role: ['europe'] }), 'It is scoped to another tag of the target.'],
    [
      'tenant tag',
      value('e', { tenantTag: ['Region/North'] }),
      'It is scoped to a tag of the tenant.',
    ],
    [
      'environment',
      value('f', { environment: ['Environments-3'] }),
      'It is scoped to this environment.',
    ],
    ['channel', value('g', { channel: ['Channels-1'] }), 'It is scoped to this channel.'],
    ['process', value('h', { processOwner: ['Projects-1'] }), 'It is scoped to this process.'],
    ['project', value('i'), "The project's own value stands before one of a library variable set."],
    ['library', value('j', {}, 'library'), 'It is the only value that applies here.'],
  ]

  it.each(
    order
      .slice(0, -1)
      .map(([name, , rule], index) => ({ name, next: order[index + 1]?.[0], rule, index })),
  )('$name stands before $next', ({ index, rule }) => {
    const rest = order.slice(index).map(([, each]) => each)
    const [resolution] = resolve(rest.toReversed(), here)
    expect(resolution).toMatchObject({ winner: rest[0], losers: rest.slice(1), rule, isTie: false })
  })

  it.each([
    {
      when: 'one dimension more on top of the same highest one',
      values: [
        value('tag', { role: ['web'] }),
        value('both', { role: ['web'], environment: ['Environments-3'] }),
      ],
      expected: 'both',
    },
    {
      when: 'a higher dimension alone against several lower ones',
      values: [
        value('several', {
          environment: ['Environments-3'],
          channel: ['Channels-1'],
          role: ['web'],
        }),
        value('target', { machine: ['Machines-1'] }),
      ],
      expected: 'target',
    },
    {
      when: 'more ids in one dimension, which do not count',
      values: [
        value('two', { environment: ['Environments-3', 'Environments-2'] }),
        value('one', { environment: ['Environments-3'] }),
      ],
      expected: 'two',
    },
    {
      when: 'a value of a library set that is more specific than the project one',
      values: [value('project'), value('library', { environment: ['Environments-3'] }, 'library')],
      expected: 'library',
    },
    {
      when: 'the project against a library set on the same scope',
      values: [
        value('library', { environment: ['Environments-3'] }, 'library'),
        value('project', { environment: ['Environments-3'] }),
      ],
      expected: 'project',
    },
  ])('with $when is $expected', ({ values, expected }) => expect(winner(values)).toBe(expected))

  it('is the first defined of equals, and says so', () => {
    const [resolution] = resolve(
      [
        value('first', { environment: ['Environments-3'] }),
        value('second', { environment: ['Environments-3', 'Environments-1'] }),
      ],
      here,
    )
    expect(resolution?.winner.value).toBe('first')
    expect(resolution?.isTie).toBe(true)
    expect(resolution?.rule).toBe('Another value is just as specific; this one was defined first.')
  })
})

describe('a value applies', () => {
  it.each([
    { when: 'unscoped, anywhere', scope: {}, at: {}, applies: true },
    {
      when: 'to one of several environments',
      scope: { environment: ['Environments-2', 'Environments-3'] },
      at: here,
      applies: true,
    },
    {
      when: 'to another environment: not',
      scope: { environment: ['Environments-2'] },
      at: here,
      applies: false,
    },
    {
      when: 'only when every dimension fits',
      scope: { environment: ['Environments-3'], machine: ['Machines-2'] },
      at: here,
      applies: false,
    },
    {
      when: 'to a target, where there is none: not',
      scope: { machine: ['Machines-1'] },
      at: { environmentId: 'Environments-3' },
      applies: false,
    },
    {
      when: 'to a tag, where there is no target: not',
      scope: { role: ['web'] },
      at: {},
      applies: false,
    },
    {
      when: 'to a tag the step targets but the target lacks: not',
      scope: { role: ['db'] },
      at: { ...here, stepTags: ['web', 'db'] },
      applies: false,
    },
    {
      when: 'to the step that holds the action',
      scope: { action: ['step-1'] },
      at: here,
      applies: true,
    },
    {
      when: 'to an empty list, as if unscoped',
      scope: { environment: [] },
      at: {},
      applies: true,
    },
  ])('$when', ({ scope, at, applies }) =>
    expect(resolve([value('x', scope)], at)).toHaveLength(applies ? 1 : 0),
  )

  it('to its variable whatever the case of the name', () => {
    const values = [
      value('low'),
      { ...value('HIGH', { machine: ['Machines-1'] }), name: 'GREETING' },
    ]
    expect(resolve(values, here).map(each => each.winner.value)).toEqual(['HIGH'])
  })
})

it('resolves the same from an index made once', () => {
  const values = [value('a'), value('b', { machine: ['Machines-1'] })]
  expect(resolve(indexByName(values), here)).toEqual(resolve(values, here))
})
