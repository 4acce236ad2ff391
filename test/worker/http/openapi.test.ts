import { describe, expect, it } from 'vitest'
import { openApiDocument } from '../../../worker/http/openapi.ts'
import { routes } from '../../../worker/routes.ts'

describe('the description of the API', () => {
  const document = openApiDocument(routes, 'https://slipway.example.com')

  it('lists each route under /api once, and nothing else', () => {
    const described = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map(method => `${method.toUpperCase()} ${path}`),
    )
    const declared = routes
      .filter(({ area }) => area !== 'root')
      .map(
        ({ method, area, path }) =>
          `${method} ${area === 'space' ? '/api/{space}' : '/api'}${path}`,
      )
    expect(described.sort()).toEqual([...new Set(declared)].sort())
  })

  it('gives each operation an id of its own, and the shape of its body', () => {
    const operations = Object.values(document.paths).flatMap(methods => Object.values(methods)) as {
      operationId: string
    }[]
    const ids = operations.map(({ operationId }) => operationId)
    expect(new Set(ids).size).toBe(ids.length)
    expect(document.paths['/api/{space}/deployments/create/untenanted/v1']?.post).toMatchObject({
      description: 'Takes the permission DeploymentCreate.',
      requestBody: {
        content: {
          'application/json': { schema: { required: expect.arrayContaining(['ProjectName']) } },
        },
      },
    })
  })
})
