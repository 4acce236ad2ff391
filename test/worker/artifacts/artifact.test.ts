import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accessRoutes } from '../../../worker/access/api.ts'
import { artifactRoutes } from '../../../worker/artifacts/api.ts'
import { artifactKey, attachmentOf } from '../../../worker/artifacts/artifact.ts'
import { removeArtifacts } from '../../../worker/artifacts/collection.ts'
import { addAda, addUser } from '../../support/cast.ts'
import { type TestServer, testServer } from '../../support/server.ts'

describe('where an artifact lies', () => {
  it('is said by its attempt and its bytes alone', () => {
    expect(artifactKey('Deployments-12:7', 'abc')).toBe('artifacts/Deployments-12/7/abc')
  })

  it('is emptied with its deployment, and with no other', async () => {
    const keys = new Set(['artifacts/Deployments-12/1/b', 'logs/Deployments-1', 'sha256/x'])
    for (let number = 0; number < 2_500; number++) keys.add(`artifacts/Deployments-1/1/${number}`)
    const STORE = {
      list: async ({ prefix, limit }: { prefix: string; limit: number }) => ({
        objects: [...keys]
          .filter(key => key.startsWith(prefix))
          .slice(0, limit)
          .map(key => ({ key })),
      }),
      delete: async (gone: string[]) => {
        for (const key of gone) keys.delete(key)
      },
    } as unknown as Parameters<typeof removeArtifacts>[0]['STORE']
    await removeArtifacts({ STORE }, 'Deployments-1')
    await removeArtifacts({ STORE }, 'Deployments-1')
    expect([...keys]).toEqual(['artifacts/Deployments-12/1/b', 'logs/Deployments-1', 'sha256/x'])
  })
})

describe('the name under which an artifact is saved', () => {
  it.each([
    ['report.txt', `attachment; filename="report.txt"; filename*=UTF-8''report.txt`],
    ['a"b\\c', `attachment; filename="a_b_c"; filename*=UTF-8''a%22b%5Cc`],
    ['Ü (1).txt', `attachment; filename="_ (1).txt"; filename*=UTF-8''%C3%9C%20%281%29.txt`],
  ])('is safe in a header: %s', (name, header) => expect(attachmentOf(name)).toBe(header))
})

describe('the artifacts of a space', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await testServer([...accessRoutes, ...artifactRoutes])
  })
  afterAll(() => server.stop())

  it('are for those who may see them', async () => {
    const ada = await addAda(server)
    const ben = await addUser(server, 'ben', [])
    const list = (key: string | null) => server.send('GET', '/api/Spaces-1/artifacts', { key })
    expect((await list(ada)).status).toBe(200)
    expect((await list(ben)).status).toBe(403)
    expect((await list(null)).status).toBe(401)
  })
})
