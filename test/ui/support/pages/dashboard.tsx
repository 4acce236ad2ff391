import type { Child } from 'hono/jsx'
import { DashboardPage } from '../../../../ui/dashboard/dashboard-page.tsx'
import { HealthPage } from '../../../../ui/tasks/health-page.tsx'
import { TasksPage } from '../../../../ui/tasks/tasks-page.tsx'
import { HOUR, type Kit, MINUTE, NOW } from '../kit.ts'

export const dashboardPages = (kit: Kit): [string, Child][] => {
  const { isLong, isEmpty, say, text, some, name, frame } = kit
  const { environments, version, paging, statuses } = kit
  return [
    [
      'dashboard',
      <DashboardPage
        frame={frame(
          '/',
          isLong
            ? { flash: { kind: 'success', message: text('Shop 1.4.2 is on its way to Test.') } }
            : {},
        )}
        environments={environments}
        paging={paging}
        attention={some([
          {
            deploymentId: 'Deployments-9',
            status: 'failed' as const,
            project: name('Shop'),
            version,
            environment: name('Production'),
            reason: text('web-2: the script ended with exit code 3.'),
            at: NOW - 12 * MINUTE,
          },
          {
            deploymentId: 'Deployments-10',
            status: 'running' as const,
            project: name('Billing'),
            version,
            environment: name('Test'),
            at: NOW - 40_000,
          },
          {
            deploymentId: 'Deployments-11',
            status: 'queued' as const,
            project: name('Search'),
            version,
            environment: name('Development'),
            reason: text('Waits for Search 3.1.0, which runs there now.'),
            at: NOW - 5_000,
          },
        ])}
        groups={some(['Web', 'Platform']).map((group, g) => ({
          id: `ProjectGroups-${g}`,
          name: name(group),
          projects: (g === 0 ? ['Shop', 'Billing', 'Search'] : ['Identity', 'Message bus']).map(
            (each, p) => ({
              id: `Projects-${g}${p}`,
              name: name(each),
              disabled: each === 'Identity',
              environmentIds: environments.map(({ id }) => id).slice(0, each === 'Search' ? 2 : 99),
              cells: environments
                .slice(0, each === 'Message bus' ? 0 : isLong ? 7 : 3 - (p % 3))
                .map((environment, e) => ({
                  environmentId: environment.id,
                  deploymentId: `Deployments-${g}${p}${e}`,
                  releaseId: 'Releases-1',
                  version: isLong ? version : say(`1.${4 - e}.${p}`),
                  status: statuses[(g + p * 2 + e) % (e === 0 ? 1 : 3)] ?? 'success',
                  at: NOW - (e * 26 + p + 1) * HOUR,
                  behind: e === 2,
                  previousVersion: e === 1 && p === 0 ? version : undefined,
                })),
              next:
                p === 1
                  ? { releaseId: 'Releases-2', version, environmentId: 'Environments-3' }
                  : undefined,
            }),
          ),
        }))}
        groupFilter={{
          all: [
            { id: 'ProjectGroups-0', name: name('Web') },
            { id: 'ProjectGroups-1', name: name('Platform') },
          ],
        }}
      />,
    ],
    [
      'tasks',
      <TasksPage
        frame={frame('/tasks')}
        filter="all"
        paging={paging}
        counts={isEmpty ? {} : { active: 1, queued: 2, input: 1, failed: 3 }}
        tasks={some(statuses).map((status, index) => ({
          id: `ServerTasks-${index}`,
          href: '/deployments/Deployments-1',
          description: text(`Deploy Shop 1.4.${index} to Test`),
          status,
          environment: name('Test'),
          queuedAt: NOW - index * HOUR,
          startedAt: status === 'queued' ? undefined : NOW - index * HOUR + 4_000,
          endedAt:
            status === 'running' || status === 'queued' ? undefined : NOW - index * HOUR + 94_000,
          waitingFor:
            status === 'queued'
              ? {
                  text: text(
                    'It waits for ServerTasks-7 (Deploy Shop 1.4.1 to Test), which has been running for 2 minutes. It is next in line.',
                  ),
                  href: '/deployments/Deployments-0',
                }
              : undefined,
          isUrgent: status === 'queued' && isLong,
        }))}
      />,
    ],
    [
      'health',
      <HealthPage
        frame={frame('/tasks/ServerTasks-9')}
        title={text('Check the health of web-1 and web-2')}
        status={isEmpty ? 'success' : 'failed'}
        by={name('Ada')}
        at={NOW - MINUTE}
        found={some([
          {
            id: 'Machines-1',
            name: name('web-1'),
            health: 'healthy' as const,
            summary: 'The runner is connected.',
          },
          {
            id: 'Machines-2',
            name: name('web-2'),
            health: 'offline' as const,
            summary: text('The runner has not been heard of lately.'),
          },
        ])}
      />,
    ],
  ]
}
