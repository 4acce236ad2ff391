import { describe, expect, it } from 'vitest'
import { whyWaiting } from '../../../worker/tasks/wait.ts'

const NOW = 10_000_000
const MINUTE = 60_000
const task = {
  id: 'ServerTasks-9',
  description: 'Deploy Shop release 1.0.9 to Staging',
  deploymentId: 'Deployments-9',
  state: 'Queued',
  queuedAt: NOW - MINUTE,
  eligibleAt: NOW - MINUTE,
  expiresAt: null as number | null,
  startedAt: null as number | null,
  pendingInterruptions: 0,
  waitingFor: '',
  holdsKey: 1,
}
const other = (number: number, more: object = {}) => ({
  id: `ServerTasks-${number}`,
  description: `Deploy Shop release 1.0.${number} to Staging`,
  deploymentId: `Deployments-${number}`,
  state: 'Queued',
  startedAt: null as number | null,
  holdsKey: 1,
  isVisible: true,
  ...more,
})
const running = other(1, { state: 'Executing', startedAt: NOW - 5 * MINUTE })
const at = { now: NOW, isQueueStopped: false }

describe('why a task waits', () => {
  it.each([
    {
      when: 'one runs',
      ahead: [running],
      kind: 'task',
      taskId: 'ServerTasks-1',
      position: 2,
      text: 'It waits for ServerTasks-1 (Deploy Shop release 1.0.1 to Staging), which has been running for 5 minutes. It is next in line.',
    },
    {
      when: 'one runs and another is before it',
      ahead: [running, other(2)],
      kind: 'task',
      taskId: 'ServerTasks-1',
      position: 3,
      text: 'It waits for ServerTasks-1 (Deploy Shop release 1.0.1 to Staging), which has been running for 5 minutes. 1 more comes before it.',
    },
    {
      when: 'one is being cancelled',
      ahead: [{ ...running, state: 'Cancelling' }, other(2), other(3)],
      kind: 'task',
      taskId: 'ServerTasks-1',
      position: 4,
      text: 'It waits for ServerTasks-1 (Deploy Shop release 1.0.1 to Staging), which is being cancelled, after 5 minutes. 2 more come before it.',
    },
    {
      when: 'one has had its answer',
      ahead: [{ ...running, holdsKey: 2 }],
      kind: 'task',
      taskId: 'ServerTasks-1',
      position: 2,
      text: 'It waits for ServerTasks-1 (Deploy Shop release 1.0.1 to Staging), which has begun already and goes on first. It is next in line.',
    },
    {
      when: 'one is before it in the queue',
      ahead: [other(2)],
      kind: 'task',
      taskId: 'ServerTasks-2',
      position: 2,
      text: 'It waits for ServerTasks-2 (Deploy Shop release 1.0.2 to Staging), which is before it in the queue. It is next in line.',
    },
    {
      when: 'the one that runs may not be seen',
      ahead: [{ ...running, isVisible: false }],
      kind: 'task',
      taskId: null,
      position: 2,
      text: 'It waits for a task that you may not see, which has been running for 5 minutes. It is next in line.',
    },
    {
      when: 'nothing is before it',
      ahead: [],
      kind: 'starting',
      taskId: null,
      position: 1,
      text: 'Nothing is in its way; it starts now.',
    },
  ])('when $when', ({ ahead, kind, taskId, position, text }) => {
    const since = NOW - MINUTE
    expect(whyWaiting(task, ahead, at)).toMatchObject({ kind, text, taskId, position, since })
  })

  it.each([
    {
      when: 'it is scheduled',
      more: { eligibleAt: NOW + 90 * MINUTE },
      kind: 'scheduled',
      text: 'It is scheduled to start in 1 hour 30 minutes.',
      until: NOW + 90 * MINUTE,
    },
    {
      when: 'it expired',
      more: { expiresAt: NOW },
      kind: 'expired',
      text: 'It expired before it could start.',
      until: null,
    },
    {
      when: 'a person is asked',
      more: { state: 'Executing', pendingInterruptions: 2, waitingFor: 'an answer' },
      kind: 'person',
      text: 'It waits for a person: 2 questions are open.',
      until: null,
    },
    {
      when: 'a target is in use',
      more: { state: 'Executing', waitingFor: 'web-1 is in use by ServerTasks-3 (Deploy Pay)' },
      kind: 'target',
      text: 'web-1 is in use by ServerTasks-3 (Deploy Pay)',
      until: null,
    },
    {
      when: 'the database does not answer',
      more: {
        state: 'Executing',
        waitingFor: 'Waiting for the database: the variables cannot be read now.',
      },
      kind: 'database',
      text: 'Waiting for the database: the variables cannot be read now.',
      until: null,
    },
    {
      when: 'it was answered while another ran',
      more: { state: 'Executing', holdsKey: 2 },
      kind: 'task',
      text: 'It has its answer and goes on after ServerTasks-1 (Deploy Shop release 1.0.1 to Staging), which has been running for 5 minutes: others could run while it waited for a person.',
      until: null,
    },
  ])('when $when', ({ more, kind, text, until }) =>
    expect(whyWaiting({ ...task, ...more }, [running], at)).toMatchObject({ kind, text, until }),
  )

  it('when the queue of the space is stopped', () =>
    expect(whyWaiting(task, [], { ...at, isQueueStopped: true })).toMatchObject({
      kind: 'stopped',
      text: 'The task queue of the space is stopped. Start it again in the settings of the space.',
    }))

  it.each(['Executing', 'Cancelling', 'Success', 'Failed', 'Canceled', 'TimedOut'])(
    'is nothing when it goes on or has ended: %s',
    state => expect(whyWaiting({ ...task, state }, [], at)).toBeNull(),
  )
})
