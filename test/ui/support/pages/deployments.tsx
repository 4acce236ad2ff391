import type { Child } from 'hono/jsx'
import { DeploymentPage } from '../../../../ui/deployments/deployment-page.tsx'
import type { LogLevel, LogLine } from '../../../../ui/deployments/log.tsx'
import type { TreeNote } from '../../../../ui/deployments/step-tree.tsx'
import { InterruptionPage } from '../../../../ui/interruptions/interruption-page.tsx'
import type {
  AnsweredInterruption,
  ShownInterruption,
} from '../../../../ui/interruptions/interruption-panel.tsx'
import { type Kit, MINUTE, NOW } from '../kit.ts'

export const deploymentsPages = (kit: Kit): [string, Child][] => {
  const { isLong, isEmpty, say, text, name, frame, version } = kit
  return [
    interruptionPage(kit),
    ...(['running', 'failed', 'success', 'queued', 'waiting', 'handled', 'unknown'] as const).map(
      (status): [string, Child] => [
        `deployment-${status}`,
        <DeploymentPage
          frame={frame('/deployments/Deployments-1')}
          live={
            isUnderWay(status) ? { url: '/deployments/Deployments-1/events?after=24' } : undefined
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
            endedAt: isUnderWay(status) ? undefined : NOW - MINUTE,
            reason:
              status === 'failed'
                ? text('web-2: the script ended with exit code 3.')
                : status === 'queued'
                  ? text('Waits for Shop 1.4.1, which runs in Test now.')
                  : undefined,
            reasonHref: status === 'queued' ? '/deployments/Deployments-0' : undefined,
            canCancel: isUnderWay(status),
            canRepeat: !isUnderWay(status),
            canResume: status === 'failed' || status === 'handled',
            canPrioritize: status === 'queued',
            comments: isLong ? text('Requested by the support team.') : undefined,
            resumedFrom: status === 'handled' ? 'Deployments-0' : undefined,
            startsAt: status === 'queued' && isLong ? NOW + 3 * 60 * MINUTE : undefined,
          }}
          questions={questionsOf(status, { isLong, isEmpty, text, name })}
          artifacts={
            status === 'success' && !isEmpty
              ? [
                  {
                    id: 'Artifacts-1',
                    name: name('test-report.html'),
                    href: '/api/Spaces-1/artifacts/Artifacts-1/content',
                    sizeBytes: 48_213,
                    step: text('Deploy the shop'),
                    place: name('web-1'),
                  },
                ]
              : []
          }
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
              endedAt: isUnderWay(status) ? undefined : NOW - MINUTE,
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
                  endedAt: isUnderWay(status) ? undefined : NOW - MINUTE,
                  notes: notesOf(status),
                  actions: isLong
                    ? [
                        { name: text('Drain'), status: 'success' as const, firstLine: 14 },
                        { name: text('Swap'), status },
                      ]
                    : [],
                  firstLine: 12,
                  reason:
                    status === 'failed' ? text('The script ended with exit code 3.') : undefined,
                },
              ],
            },
            {
              id: 'c',
              name: text('Warm the caches'),
              notes: [{ kind: 'plain' as const, text: 'Runs whatever becomes of the others' }],
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
      ],
    ),
  ]
}

type Shown = 'running' | 'failed' | 'success' | 'queued' | 'waiting' | 'handled' | 'unknown'

const isUnderWay = (status: Shown) => ['running', 'queued', 'waiting'].includes(status)

const notesOf = (status: Shown): TreeNote[] =>
  ({
    running: [
      { kind: 'wait' as const, text: 'Attempt 2 of 4, in 20 s' },
      {
        kind: 'wait' as const,
        text: 'Waiting for web-2, held by ServerTasks-7',
        href: '/deployments/Deployments-7',
      },
    ],
    waiting: [
      { kind: 'wait' as const, text: 'Waiting for a person', href: '#question-Interruptions-1-1' },
    ],
    unknown: [{ kind: 'plain' as const, text: 'Nobody knows whether it ran to its end.' }],
    success: [
      {
        kind: 'plain' as const,
        text: 'Done by an earlier deployment, and kept',
        href: '/deployments/Deployments-0',
      },
    ],
    failed: [],
    queued: [],
    handled: [],
  })[status]

const questionsOf = (
  status: Shown,
  { isLong, isEmpty, text, name }: Pick<Kit, 'isLong' | 'isEmpty' | 'text' | 'name'>,
) => {
  const pending: ShownInterruption = {
    id: 'Interruptions-1-1',
    title: `${text('Deploy the shop')} failed on ${name('web-2')}`,
    instructions: isEmpty ? '' : text('The script ended with **exit code 3**.'),
    step: text('Deploy the shop'),
    place: name('web-2'),
    askedAt: NOW - MINUTE,
    teams: isLong ? [name('Operations'), name('On call')] : [],
    alike: isLong ? 3 : 0,
    responsible: isEmpty ? undefined : { name: name('Ada'), isYou: true },
    choices: [
      {
        value: 'Retry',
        label: 'Retry',
        meaning: 'Runs it again now, with the same settings.',
        look: 'primary',
      },
      {
        value: 'ExcludeMachine',
        label: `Exclude ${name('web-2')}`,
        meaning: 'Leaves this machine out of the rest of the deployment.',
        look: 'plain',
      },
      {
        value: 'Fail',
        label: 'Fail',
        meaning: 'Gives up: what is to run after a failure runs, then the deployment fails.',
        look: 'danger',
      },
    ],
  }
  const answered: AnsweredInterruption = {
    id: 'Interruptions-1-0',
    title: text('Approve the deployment'),
    step: text('Approve'),
    outcome: 'Proceed',
    by: name('Ben'),
    at: NOW - 2 * MINUTE,
    notes: text('Looked at the graphs.'),
  }
  if (status !== 'waiting') return { pending: [], answered: isLong ? [answered] : [] }
  const others: ShownInterruption = {
    ...pending,
    id: 'Interruptions-1-2',
    title: text('Approve the deployment'),
    responsible: { name: name('Ben'), isYou: false },
    ...(isLong && { obstacle: `Only members of ${name('Operations')} may answer this.` }),
  }
  return { pending: [pending, others], answered: [answered] }
}

/** A question alone, refused once. */
const interruptionPage = (kit: Kit): [string, Child] => {
  const { pending, answered } = questionsOf('waiting', kit)
  return [
    'interruption',
    <InterruptionPage
      frame={kit.frame('/interruptions/Interruptions-1-1')}
      deployment={{ id: 'Deployments-1', description: kit.text('Deploy Shop 1.4.2 to Test') }}
      pending={kit.isEmpty ? undefined : pending[0]}
      answered={kit.isEmpty ? answered : []}
      form={{
        values: { notes: kit.text('It was the disk.') },
        errors: kit.isLong ? { notes: 'Notes may have 10000 characters; these have 12000.' } : {},
      }}
    />,
  ]
}

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
