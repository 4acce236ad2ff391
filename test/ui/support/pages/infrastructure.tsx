import type { Child } from 'hono/jsx'
import { filled } from '../../../../ui/components/form.tsx'
import {
  EnvironmentPage,
  EnvironmentsPage,
} from '../../../../ui/infrastructure/environments-page.tsx'
import { WorkerPoolsPage } from '../../../../ui/infrastructure/worker-pools-page.tsx'
import { type Kit, NOW } from '../kit.ts'

export const infrastructurePages = (kit: Kit): [string, Child][] => {
  const { isLong, text, some, name, frame } = kit
  const { environments } = kit
  return [
    [
      'environments',
      <EnvironmentsPage
        frame={frame('/infrastructure/environments')}
        form={
          isLong
            ? {
                values: { name: 'Test' },
                errors: { name: 'There is an environment Test already.' },
              }
            : filled()
        }
        environments={environments.map((environment, index) => ({
          ...environment,
          description: index === 1 ? text('Rebuilt every night.') : '',
          targetCount: index * 3,
          health:
            index === 0
              ? []
              : [
                  { health: 'healthy' as const, targets: 2 },
                  { health: 'offline' as const, targets: 1 },
                ],
        }))}
      />,
    ],
    [
      'environment',
      <EnvironmentPage
        frame={frame('/x')}
        environment={{ id: 'Environments-1', name: name('Test') }}
        form={filled({ name: name('Test') })}
      />,
    ],
    [
      'worker-pools',
      <WorkerPoolsPage
        frame={frame('/infrastructure/worker-pools')}
        pools={[
          {
            id: 'WorkerPools-1',
            name: name('Default Worker Pool'),
            description: '',
            isDefault: true,
            workers: some([
              {
                id: 'Workers-1',
                name: name('local'),
                health: 'healthy' as const,
                lastSeenAt: NOW - 4_000,
              },
            ]),
          },
          {
            id: 'WorkerPools-2',
            name: name('Windows'),
            description: text('For the signing tools.'),
            isDefault: false,
            workers: [],
          },
        ]}
      />,
    ],
  ]
}
