import type { Child } from 'hono/jsx'
import { filled } from '../../../../ui/components/form.tsx'
import { DeployPage } from '../../../../ui/deployments/deploy-page.tsx'
import { ReleasePage } from '../../../../ui/releases/release-page.tsx'
import { ReleaseVariablesPage } from '../../../../ui/releases/release-variables-page.tsx'
import { HOUR, type Kit, NOW } from '../kit.ts'

export const releasePages = (kit: Kit): [string, Child][] => {
  const { isLong, isEmpty, say, text, some, name, frame } = kit
  const { paging, environments, project, version, statuses, scope } = kit
  return [
    [
      'release',
      <ReleasePage
        frame={frame('/releases/Releases-1')}
        project={project}
        live={!isEmpty}
        release={{
          id: 'Releases-1',
          version,
          channel: name('Default'),
          lifecycle: name('Default Lifecycle'),
          createdAt: NOW - 30 * HOUR,
          createdBy: name('Ada'),
          notes: isEmpty
            ? ''
            : say(
                '## Faster checkout\n\n- fewer queries, see [the plan](https://example.com/plan)\n- `cache` is **warmed** first\n\n<b>raw</b>',
              ),
        }}
        phases={environments.map((environment, index) => ({
          name: environment.name,
          state:
            index === 0
              ? ('done' as const)
              : index === 1
                ? ('next' as const)
                : ('blocked' as const),
          optional: false,
          rule: 'all environments',
          environments: [
            {
              ...environment,
              deployment:
                index === 0
                  ? { id: 'Deployments-1', status: 'success' as const, at: NOW - 3 * HOUR }
                  : index === 1
                    ? { id: 'Deployments-2', status: 'failed' as const, at: NOW - 2 * HOUR }
                    : undefined,
              mayDeploy: index < 2,
              reason: index < 2 ? undefined : `${text('Test')} has to succeed first.`,
            },
          ],
        }))}
        packages={some([
          {
            step: text('Deploy the shop'),
            packageId: name('Shop.Web'),
            version,
            sizeBytes: 1_480_233,
            sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
          },
        ])}
        snapshot={{
          steps: some([{ name: text('Migrate the database'), kind: 'Run a script' }]),
          variables: some([
            {
              name: name('Api.BaseUrl'),
              value: text('https://api'),
              sensitive: false,
              scope: { ...scope, environments: [name('Test')] },
            },
            { name: 'Database.Password', sensitive: true, scope },
          ]),
          variableCount: isEmpty ? 0 : isLong ? 10_000 : 2,
          variablesChanged: !isEmpty,
        }}
        deployments={some(statuses.slice(0, 3)).map((status, index) => ({
          id: `Deployments-${index}`,
          environment: environments[index % 3]?.name ?? '',
          status,
          by: name('Ada'),
          createdAt: NOW - index * HOUR,
          startedAt: NOW - index * HOUR,
          endedAt: status === 'running' ? undefined : NOW - index * HOUR + 83_000,
        }))}
      />,
    ],
    [
      'release-variables',
      <ReleaseVariablesPage
        frame={frame('/releases/Releases-1/variables')}
        project={project}
        release={{ id: 'Releases-1', version }}
        filter=""
        paging={paging}
        mayUpdate
        show="frozen"
        rows={some([
          { name: name('Api.BaseUrl'), value: text('https://api'), scope },
          { name: name('Database.Password'), scope: { ...scope, environments: [name('Test')] } },
          { name: name('Empty'), value: '', scope },
        ])}
      />,
    ],
    [
      'release-variables-changes',
      <ReleaseVariablesPage
        frame={frame('/releases/Releases-1/variables?show=changes')}
        project={project}
        release={{ id: 'Releases-1', version }}
        filter=""
        paging={paging}
        mayUpdate
        show="changes"
        rows={some([
          {
            name: name('Api.BaseUrl'),
            kind: 'changed',
            before: { value: text('https://api'), scope },
            after: { value: text('https://new'), scope: { ...scope, steps: [name('Warm up')] } },
          },
          { name: name('Database.Password'), kind: 'changed', before: { scope }, after: { scope } },
          { name: name('Mail.Host'), kind: 'added', after: { value: text('mx'), scope } },
          { name: name('Old'), kind: 'removed', before: { value: '', scope } },
        ])}
      />,
    ],
    [
      'deploy',
      <DeployPage
        frame={frame('/x')}
        project={project}
        release={{ id: 'Releases-1', version }}
        form={
          isLong
            ? {
                values: { environmentId: 'Environments-2' },
                errors: { '': 'Shop 1.4.2 runs in Test already. Wait for it or cancel it.' },
              }
            : filled({ environmentId: 'Environments-2' })
        }
        environments={environments.map((environment, index) => ({
          ...environment,
          mayDeploy: index < 2,
          reason: index < 2 ? undefined : 'Test has to succeed first.',
          currentVersion: index === 0 ? '1.4.1' : undefined,
        }))}
        chosen={{
          asksByDefault: isLong,
          targets: some([
            { value: 'Machines-1', label: name('web-1') },
            { value: 'Machines-2', label: name('web-2') },
          ]),
          prompts: some([
            {
              id: 'Variables-1',
              name: say('Ticket'),
              label: text('Change ticket'),
              description: text('Which change allows this?'),
              isRequired: true,
              control: 'SingleLineText',
              options: [],
              isSensitive: false,
              hasDefault: false,
            },
          ]),
          plan: {
            problem: isLong
              ? text('Step Warm runs on a worker of Linux, which has none.')
              : undefined,
            warnings: isLong
              ? [text('web-2 was last seen 3 h ago: its part will wait for it and then fail.')]
              : [],
            steps: some([
              {
                number: 1,
                name: text('Migrate the database'),
                runs: true,
                notes: ['up to 3 retries'],
                withPrevious: false,
                place: `Once, on a worker of ${name('Linux')}`,
                targets: [],
                leftOut: [],
                actions: [
                  { id: 'a', number: '1', name: text('Migrate'), runs: true, canSkip: false },
                ],
              },
              {
                name: 'Acquire packages',
                runs: true,
                notes: [],
                withPrevious: false,
                targets: [
                  { id: 'Machines-1', name: name('web-1'), health: 'healthy' as const },
                  { id: 'Machines-2', name: name('web-2'), health: 'offline' as const },
                ],
                leftOut: [],
                actions: [
                  { id: 'c', number: '', name: 'Acquire packages', runs: true, canSkip: false },
                ],
              },
              {
                number: 2,
                name: text('Deploy the shop'),
                runs: true,
                notes: ['1 at once'],
                withPrevious: false,
                targets: [
                  { id: 'Machines-1', name: name('web-1'), health: 'healthy' as const },
                  { id: 'Machines-2', name: name('web-2'), health: 'offline' as const },
                ],
                leftOut: [
                  {
                    id: 'Machines-3',
                    name: name('web-3'),
                    reason: 'It was left out of this deployment.',
                  },
                ],
                actions: [
                  { id: 'b1', number: '2.1', name: text('Drain'), runs: true, canSkip: true },
                  {
                    id: 'b2',
                    number: '2.2',
                    name: text('Swap'),
                    runs: true,
                    package: `${name('Shop.Web')} ${version}`,
                    canSkip: true,
                  },
                ],
              },
              {
                number: 3,
                name: text('Warm the caches'),
                runs: false,
                reason: 'It does not run in Test.',
                notes: [],
                withPrevious: true,
                targets: [],
                leftOut: [],
                actions: [
                  { id: 'c', number: '3', name: text('Warm'), runs: false, canSkip: false },
                ],
              },
            ]),
          },
        }}
      />,
    ],
  ]
}
