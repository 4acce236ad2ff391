import { accessRoutes } from '../../../worker/access/api.ts'
import { auditRoutes } from '../../../worker/audit/api.ts'
import { infrastructureRoutes } from '../../../worker/infrastructure/api.ts'
import { lifecycleRoutes } from '../../../worker/lifecycles/api.ts'
import { type Answer, type TestServer, testServer } from '../../support/server.ts'

export type Shop = TestServer & {
  staging: Answer
  production: Answer
  environment: (name: string) => Promise<Answer>
  target: (name: string, environments: Answer[], roles: string[]) => Promise<Answer>
}

/** An installation with the environments Staging and Production. */
export const openShop = async (): Promise<Shop> => {
  const server = await testServer([
    ...accessRoutes,
    ...auditRoutes,
    ...infrastructureRoutes,
    ...lifecycleRoutes,
  ])
  const environment = (Name: string) => server.json('POST', '/api/environments', { body: { Name } })
  return {
    ...server,
    environment,
    staging: await environment('Staging'),
    production: await environment('Production'),
    target: (Name, environments, Roles) =>
      server.json('POST', '/api/machines', {
        body: { Name, Roles, EnvironmentIds: environments.map(({ Id }) => Id) },
      }),
  }
}

export const names = (items: { Name: string }[]) => items.map(({ Name }) => Name)
