import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { dashboardPages } from '../../../worker/deployments/portal.tsx'
import type { InterruptionReply } from '../../../worker/interruptions/interruption.ts'
import { interruptionPages } from '../../../worker/interruptions/portal.tsx'
import { openShop, type Shop } from '../deployments/shop.ts'

let shop: Shop
let deployment: { DeploymentId: string; ServerTaskId: string }
const told: string[] = []
let reply: (interruption: string) => InterruptionReply = () => ({ type: 'done' })

beforeAll(async () => {
  shop = await openShop({
    routes: [...interruptionPages, ...dashboardPages],
    object: () => ({
      takeResponsibility: async ({ interruption }: { interruption: string }) => {
        told.push(`take ${interruption}`)
        return { type: 'done' }
      },
      submitInterruption: async (request: {
        interruption: string
        choice: string
        notes: string
      }) => {
        told.push(`${request.choice} ${request.interruption}: ${request.notes}`)
        return reply(request.interruption)
      },
      details: async () => undefined,
    }),
  })
  await shop.release('1.0.0')
  deployment = (await shop.deploy('1.0.0', ['Staging'])).DeploymentServerTasks[0]
})
afterAll(() => shop?.stop())
beforeEach(async () => {
  await shop.rows('DELETE FROM interruptions')
  told.length = 0
  reply = () => ({ type: 'done' })
  await ask('Interruptions-1-1', 'web-1')
})

const ask = (id: string, place: string, more: Record<string, string | null> = {}) => {
  const row: Record<string, string | number | null> = {
    id,
    space_id: 'Spaces-1',
    deployment_id: deployment.DeploymentId,
    task_id: deployment.ServerTaskId,
    project_id: shop.project.Id,
    environment_id: shop.staging,
    kind: 'guided-failure',
    title: `Deploy web failed on ${place}`,
    instructions: 'It ended with **exit code 3**. <script>alert(1)</script>',
    step_name: 'Deploy web',
    place_name: place,
    choices: '["Fail","Retry","Ignore","ExcludeMachine"]',
    responsible_user_id: 'Users-ada',
    responsible_user_name: 'ada',
    state: 'Pending',
    created_at: 1_000,
    ...more,
  }
  return shop.rows(
    `INSERT INTO interruptions (${Object.keys(row).join(', ')})
      VALUES (${Object.keys(row).map(() => '?')})`,
    ...Object.values(row),
  )
}

const read = async (id: string, key = shop.ada) => {
  const response = await shop.send('GET', `/interruptions/${id}`, { key })
  return { status: response.status, html: await response.text() }
}
const post = async (
  id: string,
  deed: string,
  fields: Record<string, string> = {},
  key = shop.ada,
) => {
  const response = await shop.send('POST', `/interruptions/${id}/${deed}`, {
    key,
    body: String(new URLSearchParams(fields)),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })
  return {
    status: response.status,
    html: await response.text(),
    to: response.headers.get('location'),
    flash: decodeURIComponent(response.headers.get('set-cookie') ?? ''),
  }
}

describe('the page of a question', () => {
  it('offers its answers to who has taken responsibility', async () => {
    const { status, html } = await read('Interruptions-1-1')
    expect(status).toBe(200)
    for (const word of ['Retry', 'Ignore', 'Exclude web-1', 'Fail']) expect(html).toContain(word)
    expect(html).toContain('<strong>exit code 3</strong>')
    expect(html).toContain('&lt;script&gt;')
    expect(html).toContain('name="notes-Interruptions-1-1"')
  })

  it('offers others to take it over first', async () => {
    await ask('Interruptions-1-2', 'web-2', {
      responsible_user_id: 'Users-lea',
      responsible_user_name: 'lea',
    })
    const { html } = await read('Interruptions-1-2')
    expect(html).toContain('lea has taken responsibility. You can take it over.')
    expect(html).toContain('Take over')
    expect(html).not.toContain('name="choice"')
  })

  it('offers nothing to Ben, who may only look, and says why', async () => {
    const { html } = await read('Interruptions-1-1', shop.ben)
    expect(html).toContain('it takes InterruptionSubmit for this project and environment')
    expect(html).not.toContain('name="choice"')
    expect(html).not.toContain('Take over')
  })

  it('names the teams whose members may answer', async () => {
    await ask('Interruptions-1-3', 'web-3', { responsible_team_ids: '["teams-of-ben"]' })
    expect((await read('Interruptions-1-3')).html).toContain(
      'Only members of teams-of-ben may answer this.',
    )
  })

  it('is not there for nobody knows what', async () =>
    expect((await read('Interruptions-9-9')).status).toBe(404))
})

describe('the dashboard', () => {
  it('points at each deployment that asks, once', async () => {
    await ask('Interruptions-1-2', 'web-2', { created_at: '2000' })
    const { html } = await dashboard(shop.ada)
    expect(html).toContain('Deploy web failed on web-2 and 1 more')
    expect(html.match(/class="attention-item status-waiting"/g)).toHaveLength(1)
    await shop.rows("UPDATE interruptions SET state = 'Submitted'")
    expect((await dashboard(shop.ada)).html).not.toContain('status-waiting')
  })
})

const dashboard = async (key: string) => {
  const response = await shop.send('GET', '/', { key })
  return { html: await response.text() }
}

describe('answering on the page', () => {
  it('takes responsibility and comes back to the deployment', async () => {
    const { status, to } = await post('Interruptions-1-1', 'responsible')
    expect([status, to]).toEqual([
      303,
      `/deployments/${deployment.DeploymentId}#question-Interruptions-1-1`,
    ])
    expect(told).toEqual(['take Interruptions-1-1'])
  })

  it('tells the deployment the choice and the notes', async () => {
    const { status, to } = await post('Interruptions-1-1', 'submit', {
      choice: 'Retry',
      'notes-Interruptions-1-1': 'The disk was full.',
    })
    expect([status, to]).toEqual([303, `/deployments/${deployment.DeploymentId}`])
    expect(told).toEqual(['Retry Interruptions-1-1: The disk was full.'])
  })

  it('answers the others of the step likewise, and says which were refused', async () => {
    await ask('Interruptions-1-2', 'web-2')
    await ask('Interruptions-1-3', 'web-3')
    await ask('Interruptions-1-4', 'web-4', { step_name: 'Another step' })
    await ask('Interruptions-1-5', 'web-5', { state: 'Submitted' })
    reply = interruption =>
      interruption === 'Interruptions-1-3'
        ? { type: 'refused', code: 'conflict', message: 'It was answered already.' }
        : { type: 'done' }
    const { flash } = await post('Interruptions-1-1', 'submit', { choice: 'Ignore', alike: 'true' })
    expect(told.filter(each => each.startsWith('Ignore'))).toEqual([
      'Ignore Interruptions-1-1: ',
      'Ignore Interruptions-1-2: ',
      'Ignore Interruptions-1-3: ',
    ])
    expect(flash).toContain(
      'Not all were answered. Deploy web failed on web-3: It was answered already.',
    )
  })

  it.each([
    {
      when: 'nothing is chosen',
      fields: {},
      words: 'Choose an answer: Fail, Retry, Ignore, ExcludeMachine.',
    },
    {
      when: 'the choice is for another question',
      fields: { choice: 'Proceed' },
      words: '&#39;Proceed&#39; is no answer to this',
    },
  ])('keeps the notes and says what is wrong when $when', async ({ fields, words }) => {
    const { status, html } = await post('Interruptions-1-1', 'submit', {
      ...fields,
      'notes-Interruptions-1-1': 'Half a sentence',
    })
    expect(status).toBe(422)
    expect(html).toContain(words)
    expect(html).toContain('Half a sentence')
    expect(told).toEqual([])
  })

  it('shows notes that are too long beside their field', async () => {
    const { status, html } = await post('Interruptions-1-1', 'submit', {
      choice: 'Retry',
      'notes-Interruptions-1-1': 'x'.repeat(10_001),
    })
    expect(status).toBe(422)
    expect(html).toContain('id="field-notes-Interruptions-1-1-error"')
    expect(told).toEqual([])
  })

  it('says what the deployment says against it', async () => {
    reply = () => ({ type: 'refused', code: 'conflict', message: 'It was answered already.' })
    const { status, html } = await post('Interruptions-1-1', 'submit', { choice: 'Retry' })
    expect(status).toBe(422)
    expect(html).toContain('It was answered already.')
  })

  it('is not for Ben', async () => {
    for (const deed of ['responsible', 'submit'])
      expect((await post('Interruptions-1-1', deed, { choice: 'Retry' }, shop.ben)).status).toBe(
        403,
      )
    expect(told).toEqual([])
  })
})
