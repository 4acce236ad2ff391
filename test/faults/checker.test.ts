import { describe, expect, it } from 'vitest'
import { check } from './checker/check.ts'
import type { AttemptFacts, DeploymentFacts, History, Message } from './checker/history.ts'
import { lineSum } from './checker/lines.ts'

const line = (attempt: string, number: number) =>
  `10:00:00   Info     |   line ${attempt} ${number} ${lineSum(number)}\n`

const logOf = (attempt: string, numbers = [1, 2, 3]) =>
  numbers.map(number => line(attempt, number)).join('')

const attempt = (id: string, more: Partial<AttemptFacts> = {}): AttemptFacts => ({
  id,
  step: 'Work',
  target: 'web-1',
  state: 'Succeeded',
  exitCode: 0,
  reason: null,
  evidence: null,
  retrySafe: false,
  answered: false,
  ...more,
})

const deployment = (number: number, more: Partial<DeploymentFacts> = {}): DeploymentFacts => ({
  id: `Deployments-${number}`,
  task: `ServerTasks-${number}`,
  key: 'Projects-1/Environments-1',
  state: 'Success',
  conclusion: 'succeeded',
  pendingInterruptions: 0,
  startedAt: 100 * number,
  completedAt: 100 * number + 50,
  attempts: [attempt(`Deployments-${number}_1`)],
  log: logOf(`Deployments-${number}_1`),
  ...more,
})

const ran = (id: string, from: number, to: number, exit = 0) => [
  {
    kind: 'START' as const,
    attempt: id,
    step: 'Work',
    target: 'web-1',
    at: from,
    exit: null,
    lines: null,
  },
  { kind: 'END' as const, attempt: id, step: 'Work', target: 'web-1', at: to, exit, lines: 3 },
]

const message = (more: Partial<Message>): Message => ({
  at: 110,
  answeredAt: 111,
  kind: 'log',
  runner: 'Runners-1',
  epoch: 1,
  attempt: 'Deployments-1_1',
  fence: 1,
  status: 200,
  lastLine: 3,
  ...more,
})

const state = (at: number, number: number, is: string) => ({
  at,
  task: `ServerTasks-${number}`,
  key: 'Projects-1/Environments-1',
  state: is,
  holdsKey: true,
})

/** Two deployments of Shop, one after the other, as they should be. */
const good = (): History => ({
  fault: 'F00',
  ledger: [...ran('Deployments-1_1', 110, 140), ...ran('Deployments-2_1', 210, 240)],
  deployments: [deployment(1), deployment(2)],
  states: [
    state(100, 1, 'Executing'),
    state(120, 2, 'Queued'),
    state(150, 1, 'Success'),
    state(200, 2, 'Executing'),
    state(250, 2, 'Success'),
  ],
  messages: [
    message({ kind: 'session', at: 90, answeredAt: 91, attempt: null, fence: null }),
    message({ kind: 'claim', at: 105, answeredAt: 106, lastLine: null }),
    message({}),
  ],
  answers: [{ at: 100, method: 'POST', path: '/deployments', status: 201 }],
  windows: [{ from: 300, to: 400 }],
  creates: [
    { key: 'a', deployment: 'Deployments-1' },
    { key: null, deployment: 'Deployments-2' },
  ],
  events: [1, 2].flatMap(number =>
    ['DeploymentQueued', 'DeploymentStarted', 'DeploymentSucceeded'].map((category, at) => ({
      id: `Events-${number}${at}`,
      category,
      documents: [`Deployments-${number}`],
    })),
  ),
  chain: [],
  cancels: [],
  leftovers: [],
  locks: [],
  atWork: [],
  spools: [],
  integrity: [
    { file: 'libsql/slipway.db', result: 'ok' },
    { file: 'state/Hub/hub.sqlite', result: 'ok' },
  ],
  canaries: [],
  healedAt: 500,
  settledAt: 600,
  allowed: [],
})

const CLOSED = {
  id: 'Events-10',
  category: 'DeploymentSucceeded',
  documents: ['Deployments-1'],
}

type Doctored = [what: string, invariant: string, doctor: (history: History) => void]

const first = (history: History): DeploymentFacts => history.deployments[0] as DeploymentFacts
const firstAttempt = (history: History) => first(history).attempts[0] as AttemptFacts

const DOCTORED: Doctored[] = [
  ['an attempt started twice', 'I1', h => h.ledger.push(...ran('Deployments-1_1', 141, 142))],
  [
    'a step run again by another attempt though the first may have run',
    'I1',
    h => {
      firstAttempt(h).state = 'Unknown'
      first(h).attempts.push(attempt('Deployments-1_2'))
      first(h).log += logOf('Deployments-1_2')
      h.ledger.push(...ran('Deployments-1_2', 141, 142))
    },
  ],
  [
    'two deployments on one target at once',
    'I2',
    h => {
      h.ledger = [...ran('Deployments-1_1', 110, 220), ...ran('Deployments-2_1', 210, 240)]
    },
  ],
  [
    'two deployments with one key at once',
    'I2',
    h => h.states.splice(2, 0, state(130, 2, 'Executing')),
  ],
  [
    'a line that is missing',
    'I3',
    h => Object.assign(first(h), { log: logOf('Deployments-1_1', [1, 3]) }),
  ],
  [
    'a line that stands twice',
    'I3',
    h => Object.assign(first(h), { log: logOf('Deployments-1_1', [1, 2, 2, 3]) }),
  ],
  [
    'lines in another order',
    'I3',
    h => Object.assign(first(h), { log: logOf('Deployments-1_1', [1, 3, 2]) }),
  ],
  [
    'a damaged line',
    'I3',
    h =>
      Object.assign(first(h), {
        log: first(h).log.replace(`2 ${lineSum(2)}`, `2 ${lineSum(2) + 1}`),
      }),
  ],
  [
    'a log that ends early',
    'I3',
    h => Object.assign(first(h), { log: logOf('Deployments-1_1', [1, 2]) }),
  ],
  [
    'acknowledged lines that are not in the log of a lost step',
    'I3',
    h => {
      Object.assign(first(h), { state: 'Failed', log: logOf('Deployments-1_1', [1, 2]) })
      firstAttempt(h).state = 'Unknown'
      firstAttempt(h).exitCode = null
    },
  ],
  ['an end that was not the end', 'I4', h => h.states.push(state(260, 1, 'Failed'))],
  [
    'a failure called success',
    'I5',
    h => h.ledger.splice(1, 1, ...ran('Deployments-1_1', 0, 140, 3).slice(1)),
  ],
  ['a success that never ended', 'I5', h => h.ledger.splice(1, 1)],
  ['an unknown called success', 'I5', h => Object.assign(firstAttempt(h), { state: 'Unknown' })],
  [
    'another exit code than the true one',
    'I5',
    h => void Object.assign(firstAttempt(h), { state: 'Failed', exitCode: 9 }),
  ],
  ['a success called failure', 'I5', h => Object.assign(firstAttempt(h), { state: 'Failed' })],
  ['something that hangs', 'I6', h => Object.assign(h, { settledAt: null })],
  ['something that took too long', 'I6', h => Object.assign(h, { settledAt: 61_000 })],
  [
    'an older session that is still heard',
    'I7',
    h =>
      h.messages.splice(
        1,
        0,
        message({ kind: 'session', at: 92, answeredAt: 93, epoch: 2, attempt: null }),
      ),
  ],
  ['another fence than the claimed one', 'I7', h => h.messages.push(message({ fence: 2 }))],
  [
    'one key that made two',
    'I8',
    h => h.creates.splice(1, 1, { key: 'a', deployment: 'Deployments-2' }),
  ],
  [
    'two answers with one deployment',
    'I8',
    h => h.creates.push({ key: null, deployment: 'Deployments-2' }),
  ],
  ['a deployment that nobody asked for', 'I8', h => h.creates.pop()],
  [
    'an accepted one that is gone',
    'I8',
    h => h.creates.push({ key: null, deployment: 'Deployments-3' }),
  ],
  ['a deed without a record', 'I9', h => h.events.pop()],
  [
    'a deed recorded twice',
    'I9',
    h =>
      h.events.push({ id: 'Events-3', category: 'DeploymentQueued', documents: ['Deployments-1'] }),
  ],
  [
    'a number of the record given twice',
    'I9',
    h => h.events.push({ id: 'Events-10', category: 'Modified', documents: [] }),
  ],
  [
    'an end that is recorded as another',
    'I9',
    h => h.events.splice(2, 1, { ...CLOSED, category: 'DeploymentFailed' }),
  ],
  ['a record that somebody altered', 'I9', h => h.chain.push('row 7 was changed')],
  ['an end recorded twice', 'I9', h => h.events.push({ ...CLOSED, id: 'Events-11' })],
  ['a cancellation without a record', 'I9', h => h.cancels.push('ServerTasks-1')],
  ['a secret in a file', 'I10', h => h.canaries.push('out.spool')],
  [
    'a process that outlived its attempt',
    'I11',
    h => h.leftovers.push({ pid: 7, attempt: 'Deployments-1_1', command: 'sleep' }),
  ],
  [
    'a target that stays locked',
    'I12',
    h => h.locks.push({ target: 'Machines-1', deployment: 'Deployments-1', attempt: null }),
  ],
  ['a deployment that stays at work', 'I12', h => h.atWork.push('Deployments-1')],
  ['a spool that stays', 'I12', h => h.spools.push('Deployments-1_1')],
  [
    'a damaged database',
    'I13',
    h => h.integrity.push({ file: 'state/Hub/hub.sqlite', result: 'row 3 missing' }),
  ],
  ['a database that nobody looked at', 'I13', h => h.integrity.shift()],
  ['objects that nobody looked at', 'I13', h => h.integrity.pop()],
  [
    'a 5xx outside the time of harm',
    'I14',
    h => h.answers.push({ at: 299, method: 'GET', path: '/tasks', status: 503 }),
  ],
]

describe('the checker', () => {
  it('finds nothing wrong with a history that is right', () => expect(check(good())).toEqual([]))

  it.each(DOCTORED)('finds %s (%s)', (_, invariant, doctor) => {
    const history = good()
    doctor(history)
    expect(new Set(check(history).map(violation => violation.invariant))).toContain(invariant)
  })

  it('has a doctored history for each invariant', () =>
    expect(new Set(DOCTORED.map(([, invariant]) => invariant)).size).toBe(14))

  it.each<[string, (history: History) => void]>([
    [
      'a 5xx while harm is done',
      h => h.answers.push({ at: 350, method: 'GET', path: '/tasks', status: 503 }),
    ],
    [
      'a gap that the log states',
      h =>
        Object.assign(first(h), {
          log: `${line('Deployments-1_1', 1)}1 lines (40 bytes) of output are left out here.\n${line('Deployments-1_1', 3)}`,
        }),
    ],
    [
      'a retry of a step that may be retried',
      h => {
        Object.assign(firstAttempt(h), { state: 'Unknown', retrySafe: true, exitCode: null })
        first(h).attempts.push(attempt('Deployments-1_2'))
        first(h).log += logOf('Deployments-1_2')
        h.ledger.splice(2, 0, ...ran('Deployments-1_2', 141, 142))
      },
    ],
    [
      'a target in quarantine',
      h => {
        first(h).state = 'Failed'
        for (const event of h.events)
          if (event.id === 'Events-12') event.category = 'DeploymentFailed'
        Object.assign(firstAttempt(h), { state: 'Unknown', exitCode: null })
        h.locks.push({
          target: 'Machines-1',
          deployment: 'Deployments-1',
          attempt: 'Deployments-1:1',
        })
      },
    ],
    [
      'what a fault allows, for a reason',
      h => {
        h.spools.push('Deployments-1_1')
        h.allowed.push({ invariant: 'I12', what: 'spool', because: 'its runner is gone for good' })
      },
    ],
  ])('lets pass %s', (_, change) => {
    const history = good()
    change(history)
    expect(check(history)).toEqual([])
  })
})
