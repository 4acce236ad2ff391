import type { Child } from 'hono/jsx'
import { filled } from '../../../../ui/components/form.tsx'
import { NewTargetPage } from '../../../../ui/infrastructure/new-target-page.tsx'
import { TargetPage } from '../../../../ui/infrastructure/target-page.tsx'
import { TargetsPage } from '../../../../ui/infrastructure/targets-page.tsx'
import { HOUR, type Kit, NOW } from '../kit.ts'

export const targetsPages = (kit: Kit): [string, Child][] => {
  const { isLong, say, text, some, name, frame } = kit
  const { environments, options, version, paging, statuses } = kit
  return [
    [
      'targets',
      <TargetsPage
        frame={frame('/infrastructure/targets')}
        paging={paging}
        filter={{ name: '', environment: '', tag: '' }}
        environments={options}
        tags={['web', 'cache']}
        targets={some(['web-1', 'web-2', 'db-1', 'cache-1', 'legacy']).map((each, index) => ({
          id: `Machines-${index}`,
          name: name(each),
          health:
            (['healthy', 'offline', 'unhealthy', 'unknown', 'disabled'] as const)[index] ??
            'unknown',
          summary:
            index === 1
              ? text('No word for 3 h. Is the runner’s service running?')
              : index === 2
                ? text('The disk is full: 12 MB free.')
                : '',
          lastSeenAt: index === 3 ? undefined : NOW - index * HOUR,
          environments: environments.slice(0, 2).map(environment => environment.name),
          tags: [say('web'), say('canary')],
          system: 'Debian 12 · x64',
        }))}
      />,
    ],
    [
      'target-new',
      <NewTargetPage
        frame={frame('/infrastructure/targets/new')}
        environments={options}
        workerPools={[{ value: 'a', label: 'Default Worker Pool' }]}
        knownTags={some(['web', 'cache'])}
        form={
          isLong
            ? {
                values: { role: 'target' },
                errors: { environments: 'A target needs at least one environment.' },
              }
            : filled({ role: 'target' })
        }
      />,
    ],
    [
      'target-command',
      <NewTargetPage
        frame={frame('/infrastructure/targets/new')}
        environments={options}
        workerPools={[]}
        knownTags={[]}
        form={filled()}
        command={{
          shell: 'curl -fsSL https://deploy.example.com/install/8VqkX0Rk2nYpZ3tLwQeJ6uHc | sh',
          expiresAt: NOW + HOUR,
        }}
      />,
    ],
    [
      'target',
      <TargetPage
        frame={frame('/x')}
        decisions={{
          quarantine: isLong
            ? { runnerId: 'Runners-1', reason: text('Two machines use the key of this runner.') }
            : undefined,
          newcomers: some([
            { runnerId: 'Runners-9', hostname: name('web-1.example'), at: NOW - 60_000 },
          ]),
          lock: {
            label: text('ServerTasks-7 (Deploy Shop release 1.4.0 to Test)'),
            isOutcomeUnknown: true,
          },
        }}
        environments={options}
        form={filled({
          name: name('web-1'),
          environments: ['Environments-2'],
          tags: 'web, canary',
        })}
        target={{
          id: 'Machines-1',
          name: name('web-1'),
          health: 'healthy',
          summary: '',
          isDisabled: false,
          lastSeenAt: NOW - 20_000,
          registeredAt: NOW - 90 * HOUR,
          facts: some([
            { name: 'System', value: text('Debian 12 (bookworm)') },
            { name: 'Architecture', value: 'x64' },
            { name: 'Runner', value: '0.1.0' },
            { name: 'Runtime', value: 'Node 24.21.0' },
          ]),
        }}
        deployments={some(statuses.slice(0, 4)).map((status, index) => ({
          deploymentId: `Deployments-${index}`,
          project: name('Shop'),
          version: isLong ? version : say(`1.4.${index}`),
          environment: name('Test'),
          status,
          at: NOW - index * 5 * HOUR,
        }))}
      />,
    ],
  ]
}
