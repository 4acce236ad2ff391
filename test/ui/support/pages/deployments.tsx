import type { Child } from 'hono/jsx'
import { DeploymentPage } from '../../../../ui/deployments/deployment-page.tsx'
import type { LogLevel, LogLine } from '../../../../ui/deployments/log.tsx'
import { type Kit, MINUTE, NOW } from '../kit.ts'

export const deploymentsPages = ({
  isLong,
  isEmpty,
  say,
  text,
  name,
  frame,
  version,
}: Kit): [string, Child][] => [
  ...(['running', 'failed', 'success', 'queued'] as const).map((status): [string, Child] => [
    `deployment-${status}`,
    <DeploymentPage
      frame={frame('/deployments/Deployments-1')}
      live={
        status === 'running' || status === 'queued'
          ? { url: '/deployments/Deployments-1/events?after=24' }
          : undefined
      }
      head={{
        id: 'Deployments-1',
        status,
        project: { id: 'Projects-1', name: name('Shop') },
        release: { id: 'Releases-1', version },
        environment: { id: 'Environments-2', name: name('Test') },
        by: name('Ada'),
        createdAt: NOW - 4 * MINUTE,
        startedAt: status === 'queued' ? undefined : NOW - 3 * MINUTE,
        endedAt: status === 'running' || status === 'queued' ? undefined : NOW - MINUTE,
        reason:
          status === 'failed'
            ? text('web-2: the script ended with exit code 3.')
            : status === 'queued'
              ? text('Waits for Shop 1.4.1, which runs in Test now.')
              : undefined,
        reasonHref: status === 'queued' ? '/deployments/Deployments-0' : undefined,
        canCancel: status === 'running' || status === 'queued',
        canRepeat: status !== 'running' && status !== 'queued',
      }}
      steps={[
        {
          id: 'a',
          name: text('Migrate the database'),
          status: status === 'queued' ? 'queued' : 'success',
          startedAt: NOW - 3 * MINUTE,
          endedAt: NOW - 2.5 * MINUTE,
          targets: [
            {
              name: 'on worker-1',
              status: status === 'queued' ? ('queued' as const) : ('success' as const),
              startedAt: NOW - 3 * MINUTE,
              endedAt: NOW - 2.5 * MINUTE,
              firstLine: 2,
            },
          ],
        },
        {
          id: 'b',
          name: text('Deploy the shop'),
          status,
          startedAt: NOW - 2 * MINUTE,
          endedAt: status === 'running' ? undefined : NOW - MINUTE,
          progress: 62,
          targets: [
            {
              targetId: 'Machines-1',
              name: name('web-1'),
              status: 'success' as const,
              startedAt: NOW - 2 * MINUTE,
              endedAt: NOW - 1.2 * MINUTE,
              firstLine: 8,
            },
            {
              targetId: 'Machines-2',
              name: name('web-2'),
              status,
              startedAt: NOW - 2 * MINUTE,
              endedAt: status === 'running' ? undefined : NOW - MINUTE,
              attempt: 2,
              firstLine: 12,
              reason: status === 'failed' ? text('The script ended with exit code 3.') : undefined,
            },
          ],
        },
        {
          id: 'c',
          name: text('Warm the caches'),
          status: status === 'success' ? 'success' : status === 'failed' ? 'skipped' : 'queued',
          targets: [],
        },
      ]}
      log={{
        lines: isEmpty || status === 'queued' ? [] : logLines(text, say, isLong ? 400 : 26),
        earlier: isLong
          ? { href: '/deployments/Deployments-1?before=80', count: 12_034 }
          : undefined,
        filter: 'info',
        note: status === 'queued' ? 'The log starts when the deployment does.' : undefined,
      }}
    />,
  ]),
]

const script: [LogLevel, string, string?][] = [
  ['highlight', 'Deploying Shop 1.4.2 to Test'],
  ['info', 'Migrating shop_test', 'worker-1'],
  ['verbose', 'connection pool: 4', 'worker-1'],
  ['info', '\u001b[32m✓\u001b[0m 0012_orders.sql \u001b[2m41 ms\u001b[0m', 'worker-1'],
  ['info', '\u001b[32m✓\u001b[0m 0013_invoices.sql \u001b[2m8 ms\u001b[0m', 'worker-1'],
  ['warning', 'The index orders_by_customer exists already; left as it is.', 'worker-1'],
  ['info', 'Done in 1.4 s', 'worker-1'],
  ['info', 'Fetching Shop.Web 1.4.2 (1.5 MB)', 'web-1'],
  ['info', 'Extracting 412 files to /srv/shop', 'web-1'],
  ['info', 'Substituted 3 variables in settings.json', 'web-1'],
  ['wait', 'Waiting for web-2 to finish the step before', 'web-1'],
  ['info', 'Fetching Shop.Web 1.4.2 (1.5 MB)', 'web-2'],
  ['error', 'post-deploy.sh: line 4: systemctl: command not found', 'web-2'],
  ['fatal', 'The script ended with exit code 3.', 'web-2'],
]

const logLines = (
  text: (usual: string) => string,
  say: (text: string) => string,
  count: number,
): LogLine[] =>
  Array.from({ length: count }, (_, index): LogLine => {
    const [level, line, source] = script[index % script.length] ?? ['info', '']
    return {
      number: index + 1,
      at: NOW - 3 * MINUTE + index * 731,
      level,
      text: index % 50 === 9 ? text(line) : say(line),
      source: source && say(source),
    }
  })
