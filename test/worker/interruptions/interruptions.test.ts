import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { interruptionRoutes } from '../../../worker/interruptions/api.ts'
import type { InterruptionReply } from '../../../worker/interruptions/interruption.ts'
import { addUser } from '../../support/cast.ts'
import type { Answer } from '../../support/server.ts'
import { openShop, S, type Shop } from '../deployments/shop.ts'

let shop: Shop
let deployment: { DeploymentId: string; ServerTaskId: string }
/** What the deployment was told, and what it answers. */
const told: [string, Record<string, unknown>][] = []
let reply: InterruptionReply = { type: 'done' }
/** What the deployment knows before its record does. */
let known: object[] = []

const keys: Record<string, string> = {}

beforeAll(async () => {
  shop = await openShop({
    routes: interruptionRoutes,
    object: () => ({
      takeResponsibility: async (request: Record<string, unknown>) => {
        told.push(['take', request])
        return reply
      },
      submitInterruption: async (request: Record<string, unknown>) => {
        told.push(['submit', request])
        return reply
      },
      details: async () => ({ interruptions: known }),
    }),
  })
  await shop.release('1.0.0')
  deployment = (await shop.deploy('1.0.0', ['Staging'])).DeploymentServerTasks[0]
  keys.ada = shop.ada
  keys.ben = shop.ben
  keys.lea = await addUser(shop, 'lea', [{ role: 'projectlead' }])
  keys.sam = await addUser(shop, 'sam', [
    { role: 'projectdeployer', environments: [shop.production] },
  ])
})
afterAll(() => shop?.stop())

beforeEach(async () => {
  await shop.rows('DELETE FROM interruptions')
  told.length = 0
  reply = { type: 'done' }
  known = []
})

const ask = async (more: Record<string, string | number | null> = {}): Promise<string> => {
  const row: Record<string, string | number | null> = {
    id: 'Interruptions-1-1',
    space_id: 'Spaces-1',
    deployment_id: deployment.DeploymentId,
    task_id: deployment.ServerTaskId,
    project_id: shop.project.Id,
    environment_id: shop.staging,
    kind: 'manual',
    title: 'Approve the deployment',
    instructions: 'Look at **web-1**.',
    step_name: 'Approve',
    choices: '["Proceed","Abort"]',
    state: 'Pending',
    created_at: 1_000,
    ...more,
  }
  await shop.rows(
    `INSERT INTO interruptions (${Object.keys(row).join(', ')})
      VALUES (${Object.keys(row).map(() => '?')})`,
    ...Object.values(row),
  )
  return String(row.id)
}

const failure = {
  id: 'Interruptions-1-2',
  kind: 'guided-failure',
  title: 'Deploy web failed on web-1',
  instructions: '',
  choices: '["Fail","Retry","Ignore","ExcludeMachine"]',
  place_name: 'web-1',
  created_at: 2_000,
}
const ofTeam = (name: string) => ({ responsible_team_ids: `["teams-of-${name}"]` })

const get = (id: string, who = 'ada'): Promise<Answer> =>
  shop.json('GET', `${S}/interruptions/${id}`, { key: keys[who] as string })
const send = (method: string, id: string, deed: string, who = 'ada', body?: unknown) =>
  shop.send(method, `${S}/interruptions/${id}/${deed}`, {
    key: keys[who] as string,
    ...(body !== undefined && { body }),
  })
const refusal = async (response: Response) => [
  response.status,
  ((await response.json()) as Answer).ErrorMessage,
]

describe('an interruption', () => {
  it('looks as clients know it', async () => {
    const id = await ask()
    const self = `${S}/interruptions/${id}`
    expect(await get(id)).toEqual({
      Id: id,
      SpaceId: 'Spaces-1',
      Title: 'Approve the deployment',
      Type: 'ManualIntervention',
      Created: '1970-01-01T00:00:01.000+00:00',
      IsPending: true,
      Form: {
        Values: { Instructions: null, Notes: null, Result: null },
        Elements: [
          {
            Name: 'Instructions',
            Control: { Type: 'Paragraph', Text: 'Look at **web-1**.', ResolveLinks: false },
            IsValueRequired: false,
          },
          {
            Name: 'Notes',
            Control: { Type: 'TextArea', Label: 'Notes' },
            IsValueRequired: false,
          },
          {
            Name: 'Result',
            Control: {
              Type: 'SubmitButtonGroup',
              Buttons: [
                { Text: 'Proceed', Value: 'Proceed', RequiresConfirmation: false },
                { Text: 'Abort', Value: 'Abort', RequiresConfirmation: true },
              ],
            },
            IsValueRequired: true,
          },
        ],
      },
      RelatedDocumentIds: [
        deployment.DeploymentId,
        deployment.ServerTaskId,
        shop.project.Id,
        shop.staging,
      ],
      ResponsibleTeamIds: [],
      ResponsibleUserId: null,
      CanTakeResponsibility: true,
      HasResponsibility: false,
      TaskId: deployment.ServerTaskId,
      CorrelationId: `${deployment.ServerTaskId}/${id}`,
      IsLinkedToOtherInterruption: false,
      Links: { Self: self, Submit: `${self}/submit`, Responsible: `${self}/responsible` },
    })
  })

  it('of a failure asks for guidance', async () => {
    const id = await ask(failure)
    const { Type, Form } = await get(id)
    expect(Type).toBe('GuidedFailure')
    expect(Form.Values).toEqual({ Instructions: null, Notes: null, Guidance: null })
    expect(Form.Elements[2].Control.Buttons.map((button: Answer) => button.Value)).toEqual([
      'Fail',
      'Retry',
      'Ignore',
      'ExcludeMachine',
    ])
  })

  it('that was answered says what with', async () => {
    const id = await ask({ state: 'Submitted', answer: 'Proceed', notes: 'Looks good' })
    const { IsPending, CanTakeResponsibility, Form } = await get(id)
    expect([IsPending, CanTakeResponsibility]).toEqual([false, false])
    expect(Form.Values).toEqual({ Instructions: null, Notes: 'Looks good', Result: 'Proceed' })
  })

  it('is shown as its deployment knows it, before its record follows', async () => {
    const id = await ask()
    known = [{ id, responsibleUserId: 'Users-ada', responsibleUserName: 'ada' }]
    expect(await get(id)).toMatchObject({
      ResponsibleUserId: 'Users-ada',
      HasResponsibility: true,
    })
    expect(await get(id, 'ben')).toMatchObject({ HasResponsibility: false })
  })
})

describe('the list of interruptions', () => {
  const list = async (query: string, who = 'ada') =>
    (await shop.json('GET', `${S}/interruptions?${query}`, { key: keys[who] as string })).Items.map(
      (item: Answer) => item.Id,
    )

  it('has the newest first and can be narrowed', async () => {
    const first = await ask({ state: 'Submitted' })
    const second = await ask(failure)
    expect(await list('')).toEqual([second, first])
    expect(await list('pendingOnly=true')).toEqual([second])
    expect(await list(`regarding=${deployment.ServerTaskId}`)).toEqual([second, first])
    expect(await list(`regarding=${deployment.DeploymentId.toLowerCase()}`)).toEqual([
      second,
      first,
    ])
    expect(await list('regarding=ServerTasks-999')).toEqual([])
    expect(await list(`ids=${first}`)).toEqual([first])
    expect(await list("regarding=' OR 1=1 --")).toEqual([])
    expect(await list('take=1&skip=1')).toEqual([first])
  })

  it('shows only what is in reach', async () => {
    await ask()
    expect(await list('', 'ben')).toHaveLength(1)
    expect(await list('', 'sam')).toEqual([])
    const response = await shop.send('GET', `${S}/interruptions/Interruptions-1-1`, {
      key: keys.sam as string,
    })
    expect(response.status).toBe(404)
  })
})

describe('taking responsibility', () => {
  it('is told to the deployment, which answers for all', async () => {
    const id = await ask()
    const response = await send('PUT', id.toLowerCase(), 'responsible')
    expect([response.status, ((await response.json()) as Answer).Id]).toEqual([200, 'Users-ada'])
    expect(told).toEqual([
      [
        'take',
        {
          interruption: id,
          user: { id: 'Users-ada', username: 'ada', displayName: 'ada', emailAddress: '' },
          teamIds: expect.arrayContaining(['teams-everyone', 'teams-of-ada']),
          takeOver: true,
        },
      ],
    ])
  })

  it('names who has it', async () => {
    const id = await ask()
    expect(await (await send('GET', id, 'responsible')).json()).toBeNull()
    known = [{ id, responsibleUserId: 'Users-ada' }]
    expect(await (await send('GET', id, 'responsible')).json()).toMatchObject({
      Username: 'ada',
    })
  })

  it.each([
    { who: 'ada', teams: 'nobody in particular', more: {}, allowed: true },
    { who: 'lea', teams: 'nobody in particular', more: {}, allowed: false },
    { who: 'ada', teams: 'her own team', more: ofTeam('ada'), allowed: true },
    { who: 'lea', teams: 'her own team', more: ofTeam('lea'), allowed: true },
    { who: 'ada', teams: 'another team', more: ofTeam('lea'), allowed: false },
    { who: 'ben', teams: 'his own team', more: ofTeam('ben'), allowed: false },
  ])('$who, when it is for $teams: $allowed', async ({ who, more, allowed }) => {
    const id = await ask(more)
    const { status } = await send('PUT', id, 'responsible', who)
    expect(status).toBe(allowed ? 200 : 403)
    expect(told).toHaveLength(allowed ? 1 : 0)
    expect((await get(id, who)).CanTakeResponsibility).toBe(allowed)
  })

  it('is refused to others with the name of the team', async () => {
    const id = await ask(ofTeam('lea'))
    expect(await refusal(await send('PUT', id, 'responsible'))).toEqual([
      403,
      'Only members of teams-of-lea may answer this. Ask one of them, or ask an administrator to add you to the team.',
    ])
  })

  it('is not there for who may not see it', async () => {
    const id = await ask()
    expect((await send('PUT', id, 'responsible', 'sam')).status).toBe(404)
    expect((await send('PUT', 'Interruptions-9-9', 'responsible')).status).toBe(404)
    expect(told).toEqual([])
  })
})

describe('answering', () => {
  it.each([
    {
      what: 'a manual step',
      more: {},
      body: { Result: 'Proceed', Notes: 'ok' },
      choice: 'Proceed',
    },
    { what: 'in other letters', more: {}, body: { result: 'ABORT' }, choice: 'Abort' },
    { what: 'a failure', more: failure, body: { Guidance: 'Retry' }, choice: 'Retry' },
    { what: 'a failure as Result', more: failure, body: { Result: 'ignore' }, choice: 'Ignore' },
    {
      what: 'a failure of a machine',
      more: failure,
      body: { Guidance: 'Exclude' },
      choice: 'ExcludeMachine',
    },
  ])('$what tells the deployment', async ({ more, body, choice }) => {
    const id = await ask(more)
    const response = await send('POST', id, 'submit', 'ada', {
      Instructions: null,
      ...body,
    })
    expect(response.status).toBe(200)
    const answered = (await response.json()) as Answer
    expect(answered).toMatchObject({ Id: id, IsPending: false, HasResponsibility: true })
    expect(told.map(([deed, { interruption, choice }]) => [deed, interruption, choice])).toEqual([
      ['submit', id, choice],
    ])
  })

  it.each([
    { when: 'nothing is said', body: {}, message: 'Say in Result what to do: Proceed, Abort.' },
    {
      when: 'there is no body',
      body: undefined,
      message: 'Say in Result what to do: Proceed, Abort.',
    },
    {
      when: 'the word is unknown',
      body: { Result: 'Maybe' },
      message: "Result 'Maybe' is no answer to this; choose Proceed, Abort.",
    },
    {
      when: 'the word is for another question',
      body: { Result: 'Retry' },
      message: "'Retry' is no answer to this; choose Proceed, Abort.",
    },
    {
      when: 'the notes are a book',
      body: { Result: 'Proceed', Notes: 'x'.repeat(10_001) },
      message: 'Notes may have 10000 characters; these have 10001.',
    },
  ])('is refused when $when', async ({ body, message }) => {
    const id = await ask()
    expect(await refusal(await send('POST', id, 'submit', 'ada', body))).toEqual([400, message])
    expect(told).toEqual([])
  })

  it.each([[[]], ['Proceed'], [{ Result: 7 }], [{ Result: { Text: 'Proceed' } }], [42]])(
    'is refused for %j',
    async body => {
      const id = await ask()
      expect((await send('POST', id, 'submit', 'ada', body)).status).toBe(400)
      expect(told).toEqual([])
    },
  )

  it.each([
    { code: 'invalid', status: 400 },
    { code: 'conflict', status: 409 },
    { code: 'forbidden', status: 403 },
    { code: 'missing', status: 404 },
  ] as const)('passes a refusal $code of the deployment on', async ({ code, status }) => {
    const id = await ask()
    reply = { type: 'refused', code, message: 'Take responsibility first.' }
    const [found, message] = await refusal(
      await send('POST', id, 'submit', 'ada', { Result: 'Proceed' }),
    )
    expect(found).toBe(status)
    expect(message).toBe(
      code === 'missing' ? `The resource '${id}' was not found.` : 'Take responsibility first.',
    )
  })

  it('is not for Ben', async () => {
    const id = await ask()
    expect((await send('POST', id, 'submit', 'ben', { Result: 'Proceed' })).status).toBe(403)
    expect(told).toEqual([])
  })
})
