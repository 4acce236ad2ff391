import * as z from 'zod'
import type { Route } from './route.ts'

const PREFIX = { space: '/api/{space}', system: '/api', root: '' } as const

/** OpenAPI 3.1 of the routes under `/api` as they are declared; nothing is listed that is not served. */
export const openApiDocument = (routes: readonly Route[], publicUrl: string) => {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const route of routes) {
    if (route.area === 'root') continue
    const path = PREFIX[route.area] + route.path
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operation(route, path) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Slipway',
      version: '1',
      description: 'Keys of JSON objects are read in any letter case and written in PascalCase.',
    },
    servers: [{ url: publicUrl }],
    security: [{ apiKey: [] }, { accessToken: [] }],
    paths,
    components: {
      securitySchemes: {
        apiKey: { type: 'apiKey', in: 'header', name: 'X-Octopus-ApiKey' },
        accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
      },
      schemas: { Error: ERROR },
    },
  }
}

const ERROR = {
  type: 'object',
  properties: {
    ErrorMessage: { type: 'string' },
    Errors: { type: 'array', items: { type: 'string' } },
  },
  required: ['ErrorMessage'],
}

const operation = (route: Route, path: string) => ({
  operationId: `${route.method.toLowerCase()}${path.replaceAll(/[^\w]+(\w?)/g, (_, letter: string) => letter.toUpperCase())}`,
  ...(route.summary && { summary: route.summary }),
  description: permissionText(route),
  ...(route.permission === 'public' && { security: [] }),
  parameters: [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  })),
  ...(route.schema && {
    requestBody: { required: true, content: { 'application/json': { schema: schemaOf(route) } } },
  }),
  responses: {
    [route.method === 'POST' ? '201' : '200']: { description: 'Done' },
    default: {
      description: 'What was expected, what was found, what to do',
      content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
    },
  },
})

const permissionText = ({ permission }: Route): string => {
  if (permission === 'public') return 'Anybody may call it.'
  if (permission === 'signed-in') return 'Takes any user.'
  return `Takes the permission ${permission}.`
}

const schemaOf = (route: Route): unknown =>
  route.schema ? z.toJSONSchema(route.schema, { io: 'input', unrepresentable: 'any' }) : {}
