import { describe, expect, it } from 'vitest'
import { taskResource } from '../../../worker/tasks/resource.ts'
import type { TaskRow } from '../../../worker/tasks/store.ts'
import { isCompleted, parseState, spokenDuration } from '../../../worker/tasks/task.ts'

describe('a task', () => {
  it.each([
    [-5, 'less than a second'],
    [499, 'less than a second'],
    [500, '1 second'],
    [32_400, '32 seconds'],
    [89_400, '89 seconds'],
    [120_000, '2 minutes'],
    [3_600_000, '1 hour'],
    [3_900_000, '1 hour 5 minutes'],
    [7_200_000, '2 hours'],
  ])('that took %i ms is said to have taken %s', (ms, words) => {
    expect(spokenDuration(ms)).toBe(words)
  })

  it.each([
    ['Queued', false],
    ['Executing', false],
    ['Cancelling', false],
    ['Success', true],
    ['Failed', true],
    ['Canceled', true],
    ['TimedOut', true],
  ])('in state %s is completed: %s', (state, completed) => {
    expect(isCompleted(state)).toBe(completed)
  })

  it('is filtered by a state in any letter case, and by no word that is none', () => {
    expect(parseState('timedout')).toBe('TimedOut')
    expect(parseState('done')).toBeUndefined()
  })

  it('tells clients its times with milliseconds and an offset, and null for what has not come', () => {
    const resource = taskResource(waiting, 1_700_000_005_000)
    expect(resource.QueueTime).toBe('2023-11-14T22:13:20.205+00:00')
    expect(resource.StartTime).toBeNull()
    expect(resource.Duration).toBeNull()
    expect(resource.IsCompleted).toBe(false)
  })

  it('that was cancelled before it started has neither duration nor success', () => {
    const task = { ...waiting, state: 'Canceled', completedAt: 1_700_000_003_205 }
    expect(taskResource(task, 1_700_000_005_205)).toMatchObject({
      IsCompleted: true,
      FinishedSuccessfully: false,
      Duration: null,
      Completed: '2 seconds ago',
    })
  })
})

const waiting: TaskRow = {
  id: 'ServerTasks-1',
  spaceId: 'Spaces-1',
  number: 1,
  name: 'Deploy',
  description: 'Deploy Shop release 1.0.0 to Staging',
  state: 'Queued',
  stateSequence: 0,
  concurrencyKey: 'Projects-1/Environments-1',
  projectId: 'Projects-1',
  environmentId: 'Environments-1',
  deploymentId: 'Deployments-1',
  queuedAt: 1_700_000_000_205,
  eligibleAt: 1_700_000_000_205,
  expiresAt: null,
  startedAt: null,
  completedAt: null,
  updatedAt: 1_700_000_000_205,
  priority: 0,
  holdsKey: 1,
  conclusion: '',
  waitingFor: '',
  pendingInterruptions: 0,
  errorMessage: '',
  hasWarnings: false,
  queuedBy: 'Ada',
  arguments: {},
  logKey: null,
}
