import type { Chance } from './chance.ts'
import type { Libsql } from './libsql.ts'

export type Pace = 'usual' | 'slow' | 'lost'

/** What is to be deployed where in one schedule, and what people do about it. */
export type Scenario = {
  hosts: { name: string; runnerId: string }[]
  deployments: { id: string; key: string; createAt: number; cancelAt: number[] }[]
  /** Targets' ids by host name. */
  targets: Record<string, string>
  /** When the last fault happens. */
  healAt: number
  /** `slow`: steps take minutes and outlast leases; `lost`: they outlast the patience with a machine
   *  that is out of reach. */
  pace: Pace
  /** How soon somebody answers a question of a deployment, in milliseconds. */
  answerMs: number
}

export const SPACE = 'Spaces-1'
const POOL = 'WorkerPools-1'

export const makeScenario = (chance: Chance): Scenario => {
  const hosts = Array.from(
    { length: chance.one('hosts', [1, 1, 1, 2, 2, 2, 2, 3, 3, 4]) },
    (_, at) => ({
      name: `web-${at + 1}`,
      runnerId: `Runners-${at + 1}`,
    }),
  )
  const pace = paceOf(chance)
  const isUsual = pace === 'usual'
  const count = isUsual ? chance.one('deployments', [1, 1, 1, 2, 2, 2, 3, 4]) : 2
  const deployments = Array.from({ length: count }, (_, at) => ({
    id: `Deployments-${at + 1}`,
    key: `Projects-${isUsual ? chance.whole('project', 1, 2) : at + 1}/Environments-1`,
    createAt:
      at === 0
        ? chance.whole('create', 0, 3_000)
        : chance.whole('create', 0, isUsual ? 25_000 : 70_000),
    cancelAt: [] as number[],
  }))
  for (const deployment of deployments)
    if (chance.is('cancel', CANCELED[pace])) {
      const [from, to] = isUsual ? chance.one('soon', SOON) : [70_000, 140_000]
      const at = deployment.createAt + chance.whole('cancel at', from, to)
      deployment.cancelAt.push(at)
      if (chance.is('cancel twice', 0.3))
        deployment.cancelAt.push(at + chance.whole('again', 1, 20_000))
    }
  return {
    hosts,
    deployments,
    targets: Object.fromEntries(hosts.map(({ name }, at) => [name, `Machines-${at + 1}`])),
    pace,
    healAt: isUsual ? usualEnd(chance) : pace === 'slow' ? 240_000 : 800_000,
    answerMs: chance.one('answer', pace === 'lost' ? [1_000, 5_000] : [1_000, 5_000, 30_000]),
  }
}

const paceOf = (chance: Chance): Pace => {
  const draw = chance.draw('pace')
  return draw < 0.03 ? 'lost' : draw < 0.08 ? 'slow' : 'usual'
}

const CANCELED: Record<Pace, number> = { usual: 0.25, slow: 0.7, lost: 0.1 }
const SOON: [number, number][] = [
  [0, 500],
  [0, 5_000],
  [0, 40_000],
]
const RUNS: Record<Pace, number[]> = {
  usual: [15, 200, 1_500, 6_000, 25_000],
  slow: [1_500, 100_000, 160_000],
  lost: [1_500, 900_000, 900_000],
}

const usualEnd = (chance: Chance): number =>
  chance.is('long', 0.02)
    ? 900_000
    : chance.one('heal', [8_000, 10_000, 12_000, 16_000, 20_000, 30_000, 45_000, 90_000])

const behaviourOf = (chance: Chance, pace: Pace) =>
  JSON.stringify({
    lines: chance.one('lines', [0, 1, 2, 4]),
    ms: chance.one('ms', RUNS[pace]),
    fails: chance.one('fails', [0, 0, 0, 0, 0.2, 0.5, 1]),
    isStubborn: chance.is('stubborn', pace === 'usual' ? 0.2 : 0.7),
  })

const actionOf = (chance: Chance, id: string, isNested: boolean, pace: Pace) => ({
  Id: id,
  Name: id,
  ActionType: 'Octopus.Script',
  IsDisabled: chance.is('disabled', 0.05),
  IsRequired: chance.is('required', 0.1),
  Condition: isNested
    ? chance.one('action condition', ['Success', 'Success', 'Variable'])
    : 'Success',
  ...(chance.is('on worker', 0.15) && { WorkerPoolId: POOL }),
  Properties: {
    'Octopus.Action.Script.ScriptBody': behaviourOf(chance, pace),
    'Octopus.Action.ConditionVariableExpression': chance.one('expression', ['True', 'False']),
    ...(chance.is('on server', 0.15) && { 'Octopus.Action.RunOnServer': 'True' }),
    ...(chance.is('time-out', 0.15) && { 'Octopus.Action.ExecutionTimeout.Minutes': '0.05' }),
    ...(chance.is('retries', 0.25) && {
      'Octopus.Action.AutoRetry.MaximumCount': String(chance.whole('retries max', 1, 3)),
      'Octopus.Action.AutoRetry.MinimumBackoff': chance.one('back-off', ['0', '2', '15']),
    }),
    ...(chance.is('retry-safe', 0.25) && { 'Slipway.Action.RetrySafe': 'True' }),
  },
})

const manualOf = (chance: Chance, id: string) => ({
  Id: id,
  Name: id,
  ActionType: 'Octopus.Manual',
  Properties: {
    'Octopus.Action.Manual.Instructions': 'Look at it.',
    'Octopus.Action.Manual.BlockConcurrentDeployments': chance.one('blocks', ['True', 'False']),
  },
})

/** In the form clients send and snapshots keep. */
const stepsOf = (chance: Chance, project: number, pace: Pace) =>
  Array.from({ length: chance.one('steps', [1, 1, 2, 2, 3, 4]) }, (_, at) => {
    const id = `p${project}s${at + 1}`
    const isManual = chance.is('manual', 0.08)
    const isNested = !isManual && chance.is('nested', 0.15)
    const isFinalizer = at > 0 && chance.is('finalizer', 0.08)
    const actions = isManual
      ? [manualOf(chance, `${id}a1`)]
      : Array.from({ length: isNested ? 2 : 1 }, (_, index) =>
          actionOf(chance, `${id}a${index + 1}`, isNested, pace),
        )
    const onTargets = isManual ? chance.is('manual on targets', 0.3) : true
    return {
      Id: id,
      Name: id,
      Condition: chance.one('condition', [
        ...['Success', 'Success', 'Success', 'Success', 'Failure', 'Always', 'Variable'],
        'Cancelled',
      ]),
      StartTrigger: chance.is('parallel', 0.25) ? 'StartWithPrevious' : 'StartAfterPrevious',
      Properties: {
        ...(onTargets && {
          'Octopus.Action.TargetRoles': chance.one('tag', ['web', 'web', 'first']),
        }),
        ...(chance.is('window', 0.2) && { 'Octopus.Action.MaxParallelism': '1' }),
        'Octopus.Step.ConditionVariableExpression': chance.one('expression', [
          'True',
          'False',
          '#{if Octopus.Deployment.Error}True#{/if}',
        ]),
        ...(isFinalizer && { 'Slipway.Step.IsFinalizer': 'True' }),
      },
      Actions: actions,
    }
  })

/** What every schedule finds in libSQL: one space, two projects, one environment, its targets. */
export const writeScenario = (
  db: Libsql,
  chance: Chance,
  scenario: Scenario,
  now: number,
): void => {
  db.insert('spaces', {
    id: SPACE,
    name: 'Default',
    slug: 'default',
    data_key: 'key',
    created_at: now,
  })
  db.insert('environments', {
    ...{ id: 'Environments-1', space_id: SPACE, name: 'Staging', slug: 'staging' },
    ...{ sort_order: 1, created_at: now, use_guided_failure: Number(chance.is('guided', 0.2)) },
  })
  db.insert('lifecycles', {
    ...{ id: 'Lifecycles-1', space_id: SPACE, name: 'Default', slug: 'default', created_at: now },
  })
  db.insert('project_groups', { id: 'ProjectGroups-1', space_id: SPACE, name: 'All', slug: 'all' })
  db.insert('worker_pools', {
    ...{ id: POOL, space_id: SPACE, name: 'Default Worker Pool', slug: 'pool' },
    ...{ is_default: 1, sort_order: 1 },
  })
  for (const [at, { name, runnerId }] of scenario.hosts.entries()) {
    const target = scenario.targets[name] ?? ''
    db.insert('runners', {
      id: runnerId,
      space_id: SPACE,
      name,
      public_key: 'a2V5',
      created_at: now,
    })
    db.insert('targets', {
      ...{ id: target, space_id: SPACE, name, slug: name, runner_id: runnerId, created_at: now },
    })
    db.insert('target_environments', { target_id: target, environment_id: 'Environments-1' })
    db.insert('target_tags', { target_id: target, tag: 'web' })
    if (at === 0) db.insert('target_tags', { target_id: target, tag: 'first' })
    if (at === scenario.hosts.length - 1) {
      db.insert('workers', {
        ...{ id: 'Workers-1', space_id: SPACE, name: `${name}-worker`, slug: 'worker' },
        ...{ runner_id: runnerId, created_at: now },
      })
      db.insert('worker_pool_members', { pool_id: POOL, worker_id: 'Workers-1' })
    }
  }
  for (const project of [1, 2]) writeProject(db, chance, project, scenario.pace, now)
}

const writeProject = (
  db: Libsql,
  chance: Chance,
  project: number,
  pace: Pace,
  now: number,
): void => {
  const id = `Projects-${project}`
  const common = { space_id: SPACE, project_id: id }
  const steps = JSON.stringify(stepsOf(chance, project, pace))
  db.insert('projects', {
    ...{ id, space_id: SPACE, project_group_id: 'ProjectGroups-1', lifecycle_id: 'Lifecycles-1' },
    ...{ name: `Shop ${project}`, slug: `shop-${project}`, created_at: now },
  })
  db.insert('process_snapshots', {
    ...{ id: `snapshot-${project}`, space_id: SPACE, owner_id: id, version: 1 },
    ...{ digest: `${project}`, steps, created_at: now },
  })
  db.insert('variable_snapshots', {
    ...{ id: `variables-${project}`, space_id: SPACE, owner_id: id, digest: `${project}` },
    document: JSON.stringify({ setId: `variableset-${id}`, variables: [], includes: [] }),
    created_at: now,
  })
  db.insert('channels', { ...common, id: `Channels-${project}`, name: 'Default', slug: 'default' })
  db.insert('releases', {
    ...{
      ...common,
      id: `Releases-${project}`,
      channel_id: `Channels-${project}`,
      version: '1.0.0',
    },
    ...{ assembled_at: now, assembled_by: 'ada', process_snapshot_id: `snapshot-${project}` },
    ...{ variable_snapshot_id: `variables-${project}`, sequence: 1 },
  })
}

/** The writes of an accepted creation, as its command makes them; one batch. */
export const creationOf = (
  { id, key }: Scenario['deployments'][number],
  chance: Chance,
  now: number,
): { sql: string; args: (string | number | null)[] }[] => {
  const number = Number(id.slice(id.indexOf('-') + 1))
  const project = key.slice(0, key.indexOf('/'))
  const at = project.slice(-1)
  const request = { useGuidedFailure: chance.is('guided deployment', 0.25), formValues: {} }
  return [
    {
      sql: `INSERT INTO tasks (id, space_id, number, name, description, state, concurrency_key, project_id,
        environment_id, deployment_id, queued_at, eligible_at, updated_at, queued_by)
        VALUES (?, ?, ?, 'Deploy', ?, 'Queued', ?, ?, 'Environments-1', ?, ?, ?, ?, 'Ada')`,
      args: [
        `ServerTasks-${number}`,
        SPACE,
        number,
        `Deploy ${id}`,
        key,
        project,
        id,
        now,
        now,
        now,
      ],
    },
    {
      sql: `INSERT INTO deployments (id, space_id, number, project_id, release_id, channel_id, environment_id,
        task_id, name, created_at, deployed_by, request, variable_snapshot_id)
        VALUES (?, ?, ?, ?, ?, ?, 'Environments-1', ?, ?, ?, 'Ada', ?, ?)`,
      args: [
        ...[
          id,
          SPACE,
          number,
          project,
          `Releases-${at}`,
          `Channels-${at}`,
          `ServerTasks-${number}`,
        ],
        ...[id, now, JSON.stringify(request), `variables-${at}`],
      ],
    },
    {
      sql: `INSERT INTO dashboard (project_id, environment_id, space_id, deployment_id, release_id,
        release_version, channel_id, task_id, state, queued_at)
        VALUES (?, 'Environments-1', ?, ?, ?, '1.0.0', ?, ?, 'Queued', ?)
        ON CONFLICT DO UPDATE SET deployment_id = excluded.deployment_id, task_id = excluded.task_id,
        state = 'Queued', queued_at = excluded.queued_at, started_at = NULL, completed_at = NULL`,
      args: [project, SPACE, id, `Releases-${at}`, `Channels-${at}`, `ServerTasks-${number}`, now],
    },
  ]
}
