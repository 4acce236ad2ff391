import { describe, expect, it } from 'vitest'
import { choicesIn, requestIn } from '../../../worker/deployments/portal-request.ts'
import { FormFields } from '../../../worker/http/form.ts'
import { Problem } from '../../../worker/http/problem.ts'
import type { Prompt } from '../../../worker/variables/prompts.ts'

const form = (values: Record<string, string | string[]> = {}) =>
  new FormFields(
    Object.entries({ environmentId: 'Environments-1', ...values }).flatMap(([name, value]) =>
      [value].flat().map((each): [string, string] => [name, each]),
    ),
  )

const ticket: Prompt = {
  id: 'Variables-1',
  name: 'Ticket',
  label: 'Change ticket',
  description: '',
  isRequired: true,
  control: 'SingleLineText',
  options: [],
  isSensitive: false,
  defaultValue: null,
  hasDefault: false,
}

const refusal = (values: Record<string, string | string[]>) => {
  try {
    requestIn(form(values), [])
  } catch (error) {
    if (error instanceof Problem) return error.detail.fields ?? { '': error.message }
    throw error
  }
  return undefined
}

describe('what the form of a deployment asks for', () => {
  it('is nothing special unless something is chosen', () =>
    expect(requestIn(form(), [])).toEqual({
      environments: ['Environments-1'],
      skipSteps: [],
      specificMachines: [],
      excludedMachines: [],
      formValues: {},
      useGuidedFailure: null,
      forcePackageDownload: false,
      forcePackageRedeployment: false,
      startAt: null,
      expiresAt: null,
      priority: null,
      comments: '',
    }))

  it('is all that is chosen', () =>
    expect(
      requestIn(
        form({
          skip: ['actions-1', 'actions-2'],
          machineMode: 'only',
          machines: ['Machines-1'],
          guidedFailure: 'on',
          redeploy: 'true',
          isUrgent: 'true',
          comments: ' For the sale ',
          startAt: '2030-01-31T09:00',
          expiresAt: '2030-01-31T10:30',
          'prompt:Variables-1': 'CHG-7',
        }),
        [ticket],
      ),
    ).toMatchObject({
      skipSteps: ['actions-1', 'actions-2'],
      specificMachines: ['Machines-1'],
      excludedMachines: [],
      formValues: { 'Variables-1': 'CHG-7' },
      useGuidedFailure: true,
      forcePackageRedeployment: true,
      priority: 'On',
      comments: 'For the sale',
      startAt: Date.UTC(2030, 0, 31, 9),
      expiresAt: Date.UTC(2030, 0, 31, 10, 30),
    }))

  it.each([
    { mode: 'all', specific: [], excluded: [] },
    { mode: 'only', specific: ['Machines-1'], excluded: [] },
    { mode: 'except', specific: [], excluded: ['Machines-1'] },
    { mode: 'nonsense', specific: [], excluded: [] },
  ])('takes the chosen targets for "$mode"', ({ mode, specific, excluded }) =>
    expect(choicesIn(form({ machineMode: mode, machines: ['Machines-1'] }))).toEqual({
      skipSteps: [],
      specificMachines: specific,
      excludedMachines: excluded,
    }),
  )

  it.each([
    { guided: '', wanted: null },
    { guided: 'on', wanted: true },
    { guided: 'off', wanted: false },
  ])('asks on failures as "$guided" says', ({ guided, wanted }) =>
    expect(requestIn(form({ guidedFailure: guided }), []).useGuidedFailure).toBe(wanted),
  )

  it.each<[string, Record<string, string | string[]>, Record<string, string>]>([
    ['no environment', { environmentId: '' }, { '': 'Choose the environment to deploy to.' }],
    [
      'only some targets, and none chosen',
      { machineMode: 'only' },
      { machines: 'Choose at least one target, or deploy to all of them.' },
    ],
    [
      'a time that is none',
      { startAt: 'tomorrow' },
      { startAt: "Write the time as 2030-01-31T09:00; found 'tomorrow'." },
    ],
    [
      'a day that is none',
      { expiresAt: '2030-02-31T25:00' },
      { expiresAt: "Write the time as 2030-01-31T09:00; found '2030-02-31T25:00'." },
    ],
    [
      'an end before the start',
      { startAt: '2030-01-31T09:00', expiresAt: '2030-01-31T09:00' },
      { expiresAt: 'This must be later than the start.' },
    ],
  ])('is refused for %s', (_, values, fields) => expect(refusal(values)).toEqual(fields))
})
