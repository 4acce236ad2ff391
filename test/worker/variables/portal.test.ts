import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accessRoutes } from '../../../worker/access/api.ts'
import { projectRoutes } from '../../../worker/projects/api.ts'
import { variableRoutes } from '../../../worker/variables/api.ts'
import { variablePages } from '../../../worker/variables/portal.tsx'
import { type Answer, type TestServer, testServer } from '../../support/server.ts'

let server: TestServer
let project: Answer
beforeAll(async () => {
  server = await testServer([
    ...accessRoutes,
    ...projectRoutes,
    ...variableRoutes,
    ...variablePages,
  ])
  const [[group], [lifecycle]] = [
    await server.rows('SELECT id FROM project_groups'),
    await server.rows('SELECT id FROM lifecycles'),
  ]
  project = await server.json('POST', '/api/projects', {
    body: { Name: 'Shop', ProjectGroupId: group?.id, LifecycleId: lifecycle?.id },
  })
  await server.rows(
    `INSERT INTO environments (id, space_id, name, slug, sort_order, created_at)
      VALUES ('Environments-1', 'Spaces-1', 'Staging', 'staging', 0, 0)`,
  )
})
afterAll(() => server.stop())

const read = async (path: string): Promise<string> => {
  const response = await server.send('GET', path)
  expect(response.status, path).toBe(200)
  return (await response.text()).replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ')
}

const post = async (path: string, fields: Record<string, string | string[]>) => {
  const body = new URLSearchParams()
  for (const [name, values] of Object.entries(fields))
    for (const value of [values].flat()) body.append(name, value)
  const response = await server.send('POST', path, {
    body: body.toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })
  const text = (await response.text()).replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ')
  return { status: response.status, to: response.headers.get('location') ?? '', text }
}

const path = () => `/projects/${project.Id}/variables`
const stored = async (name: string): Promise<Answer> => {
  const set = await server.json('GET', `/api/variables/${project.VariableSetId}`)
  return set.Variables.find((each: { Name: string }) => each.Name === name)
}

describe('the page of variables', () => {
  it('adds a value that is asked for, and goes back to where the form was opened', async () => {
    const { status, to } = await post(path(), {
      name: 'Greeting',
      value: 'hello',
      environments: ['Environments-1'],
      isPrompted: 'true',
      promptLabel: 'What to say',
      promptControl: 'Select',
      promptOptions: 'hello|Hello\r\nbye',
      promptRequired: 'true',
      back: `${path()}?page=2`,
    })
    expect(status).toBe(303)
    const value = await stored('Greeting')
    expect(to).toBe(`${path()}?page=2#variable-${value.Id}`)
    expect(value).toMatchObject({
      Scope: { Environment: ['Environments-1'] },
      Prompt: {
        Label: 'What to say',
        Required: true,
        DisplaySettings: {
          'Octopus.ControlType': 'Select',
          'Octopus.SelectOptions': 'hello|Hello\nbye',
        },
      },
    })
    expect(await read(path())).toContain('Asked when deploying: What to say (required)')
  })

  it('leads nowhere else, whatever the form says', async () => {
    const { to } = await post(path(), { name: 'Other', value: 'x', back: 'https://evil.example/' })
    expect(to.startsWith(`${path()}#variable-`)).toBe(true)
  })

  it('shows the form again when somebody was faster', async () => {
    const value = await stored('Other')
    const at = `${path()}/${value.Id}`
    const first = await post(at, { name: 'Other', value: 'first', revision: '0' })
    expect(first.status).toBe(303)
    const second = await post(at, { name: 'Other', value: 'second', revision: '0' })
    expect(second.status).toBe(422)
    expect(second.text).toContain('Someone else has changed this value of Other')
    expect(second.text).toContain('second')
    expect((await stored('Other')).Value).toBe('first')
  })

  it('finds by text, kind and scope', async () => {
    const found = async (query: string) => {
      const text = await read(`${path()}?${query}`)
      return ['Greeting', 'Other'].filter(name => text.includes(`${name} `))
    }
    expect(await found('filter=FIRST')).toEqual(['Other'])
    expect(await found('kind=prompted')).toEqual(['Greeting'])
    expect(await found('scopedTo=Environments-1')).toEqual(['Greeting'])
    expect(await read(`${path()}?kind=sensitive`)).toContain('No value is as these filters say.')
  })
})

describe('the preview', () => {
  it('says which value holds, and why', async () => {
    const text = await read(`${path()}/preview?environment=Environments-1`)
    expect(text).toContain('Greeting')
    expect(text).toContain('It is the only value that applies here.')
    const elsewhere = await read(`${path()}/preview?filter=greeting`)
    expect(elsewhere).toContain('No variable has a value here')
  })

  it('says so when the place does not exist', async () => {
    expect(await read(`${path()}/preview?machine=web-9`)).toContain(
      'There is no target &#39;web-9&#39; here.',
    )
  })
})

describe('the library', () => {
  it('makes a set, gives it values and includes it in the project', async () => {
    const made = await post('/library/variable-sets', { name: 'Mail', description: 'Hosts' })
    const at = made.to
    expect(at).toMatch(/^\/library\/variable-sets\/LibraryVariableSets-\d+$/)
    const added = await post(`${at}/values`, { name: 'Mail.Host', value: 'mx.shop.test' })
    expect(added.to.startsWith(`${at}#variable-`)).toBe(true)
    expect(await read(at)).toContain('mx.shop.test')
    const id = at.split('/').at(-1) ?? ''
    expect((await post(`${path()}/library-sets`, { chosen: 'true', sets: id })).to).toBe(path())
    expect(await read(path())).toContain('Included: Mail')
    expect(await read(`${path()}/preview?filter=mail`)).toContain('mx.shop.test')
    expect(await read(at)).toContain('Shop')
    const kept = await post(`${at}/delete`, {})
    expect(kept).toMatchObject({ status: 422 })
    expect(kept.text).toContain('Library variable set Mail is included in Shop.')
    expect((await post(`${path()}/library-sets`, {})).status).toBe(422)
    expect((await post(`${path()}/library-sets`, { chosen: 'true' })).status).toBe(303)
    expect((await post(`${at}/delete`, {})).to).toBe('/library/variable-sets')
  })

  it('makes a script module, which is a set with the script and its language', async () => {
    const made = await post('/library/script-modules', {
      name: 'Notify',
      language: 'Bash',
      body: 'notify() { :; }',
    })
    const id = made.to.split('/').at(-1) ?? ''
    const listed = await server.json('GET', '/api/libraryvariablesets?contentType=ScriptModule')
    expect(listed.Items).toMatchObject([{ Id: id, Name: 'Notify', ContentType: 'ScriptModule' }])
    const set = await server.json('GET', `/api/variables/variableset-${id}`)
    expect(set.Variables).toMatchObject([
      { Name: 'Octopus.Script.Module[Notify]', Value: 'notify() { :; }' },
      { Name: 'Octopus.Script.Module.Language[Notify]', Value: 'Bash' },
    ])
    await post(made.to, { name: 'Tell', language: 'Python', body: 'def tell(): pass' })
    expect(await read(made.to)).toContain('def tell(): pass')
    const again = await server.json('GET', `/api/variables/variableset-${id}`)
    expect(again.Variables.map((each: { Name: string }) => each.Name)).toEqual([
      'Octopus.Script.Module[Tell]',
      'Octopus.Script.Module.Language[Tell]',
    ])
    const variables = await server.json('GET', '/api/libraryvariablesets?contentType=Variables')
    expect(variables.TotalResults).toBe(0)
  })

  it.each([
    ['without a name', { name: '', language: 'Bash', body: '' }, 'A script module needs a name.'],
    ['with brackets in its name', { name: 'a[b]', language: 'Bash', body: '' }, 'May have letters'],
    ['in an unknown language', { name: 'A', language: 'Cobol', body: '' }, 'Must be one of'],
    ['of a name that is taken', { name: 'tell', language: 'Bash', body: '' }, 'exists already'],
  ])('makes no script module %s', async (_what, fields, says) => {
    const { status, text } = await post('/library/script-modules', fields)
    expect(status).toBe(422)
    expect(text).toContain(says)
    const listed = await server.json('GET', '/api/libraryvariablesets')
    expect(listed.TotalResults).toBe(1)
  })
})
