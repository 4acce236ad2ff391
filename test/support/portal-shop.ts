import { problemPage } from '../../worker/http/problem-page.tsx'
import { routes } from '../../worker/routes.ts'
import { addAda, addBen, addUser } from './cast.ts'
import { type Answer, type TestServer, testServer } from './server.ts'

type Seen = { status: number; html: string; to: string | null }

/** The portal over a shop with two environments and nothing in it yet, and the keys of the cast. */
export type PortalShop = TestServer & {
  staging: string
  production: string
  project: string
  ada: string
  ben: string
  /** May look at Staging alone. */
  guest: string
  post: (path: string, body: unknown) => Promise<Answer>
  read: (path: string, key?: string) => Promise<Seen>
  sendForm: (path: string, fields: Record<string, string>, key?: string) => Promise<Seen>
}

export const openPortalShop = async (): Promise<PortalShop> => {
  const server = await testServer(routes, {}, { problemPage })
  const post: PortalShop['post'] = (path, body) => server.json('POST', `/api${path}`, { body })
  const staging = (await post('/environments', { Name: 'Staging' })).Id
  const production = (await post('/environments', { Name: 'Production' })).Id
  const project = await post('/projects', {
    Name: 'Shop',
    ProjectGroupId: (await server.json('GET', '/api/projectgroups/all'))[0].Id,
    LifecycleId: (await server.json('GET', '/api/lifecycles/all'))[0].Id,
  })
  return {
    ...server,
    staging,
    production,
    project: project.Id,
    ada: await addAda(server),
    ben: await addBen(server),
    guest: await addUser(server, 'guest', [{ role: 'projectviewer', environments: [staging] }]),
    post,
    read: async (path, key) => seen(await server.send('GET', path, key ? { key } : {})),
    sendForm: async (path, fields, key) =>
      seen(
        await server.send('POST', path, {
          ...(key && { key }),
          body: String(new URLSearchParams(fields)),
          headers: { 'content-type': 'application/x-www-form-urlencoded' },
        }),
      ),
  }
}

const seen = async (response: Response): Promise<Seen> => ({
  status: response.status,
  html: await response.text(),
  to: response.headers.get('location'),
})
