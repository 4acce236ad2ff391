import { accessRoutes } from '../../../worker/access/api.ts'
import type { Route } from '../../../worker/http/route.ts'
import { packageRoutes } from '../../../worker/packages/api.ts'
import { identityOf } from '../../../worker/packages/package.ts'
import { insertPackage } from '../../../worker/packages/store.ts'
import { projectRoutes } from '../../../worker/projects/api.ts'
import { releaseRoutes } from '../../../worker/releases/api.ts'
import { variableRoutes } from '../../../worker/variables/api.ts'
import { type Answer, type TestServer, testServer } from '../../support/server.ts'

export const S = '/api/Spaces-1'

export const step = (Name: string, packages: string[]) => ({
  Id: '',
  Name,
  Actions: [
    {
      Id: '',
      Name,
      ActionType: 'Octopus.TentaclePackage',
      Packages: packages.map((PackageId, index) => ({
        Id: '',
        Name: index === 0 ? '' : PackageId,
        PackageId,
        FeedId: 'feeds-builtin',
        AcquisitionLocation: 'Server',
        Properties: {},
      })),
      Properties: {},
    },
  ],
})

export type Shop = TestServer & {
  project: Answer
  setSteps: (steps: unknown[], projectId?: string) => Promise<void>
  newProject: (name: string, more?: object) => Promise<Answer>
  /** `releases/create/v1` in the project Shop, unless the body names another. */
  create: (body: object, status?: number) => Promise<Answer>
  versions: () => Promise<unknown[]>
}

/** Staging before Production, the packages Shop.Web and Shop.Api, and the project Shop that deploys
 *  both in one step. */
export const openShop = async (more: Route[] = []): Promise<Shop> => {
  const server = await testServer([
    ...accessRoutes,
    ...projectRoutes,
    ...packageRoutes,
    ...releaseRoutes,
    ...variableRoutes,
    ...more,
  ])
  for (const [index, name] of ['Staging', 'Production'].entries())
    await server.rows(
      `INSERT INTO environments (id, space_id, name, slug, sort_order, created_at)
       VALUES (?, 'Spaces-1', ?, ?, ?, 0)`,
      `Environments-${index + 1}`,
      name,
      name.toLowerCase(),
      index,
    )
  for (const version of ['1.0.0', '2.0.0', '2.1.0-beta.1'])
    await addPackage(server, 'Shop.Web', version)
  await addPackage(server, 'Shop.Api', '1.0.0')
  const newProject: Shop['newProject'] = (Name, more = {}) =>
    server.json('POST', `${S}/projects`, {
      body: { Name, ProjectGroupId: 'ProjectGroups-1', LifecycleId: 'Lifecycles-1', ...more },
    })
  const project = await newProject('Shop')
  const setSteps: Shop['setSteps'] = async (Steps, projectId = project.Id) => {
    const path = `${S}/projects/${projectId}/deploymentprocesses`
    const process = await server.json('GET', path)
    await server.json('PUT', path, { body: { ...process, Steps } })
  }
  await setSteps([step('Deploy web', ['Shop.Web', 'Shop.Api'])])
  return {
    ...server,
    project,
    setSteps,
    newProject,
    create: (body, status = 201) =>
      server.json('POST', `${S}/releases/create/v1`, {
        body: { ProjectName: 'Shop', ...body },
        status,
      }),
    versions: () => server.rows('SELECT version FROM releases WHERE project_id = ?', project.Id),
  }
}

export const addPackage = (
  server: TestServer,
  packageId: string,
  version: string,
  publishedAt = 1,
) =>
  insertPackage(server.db, {
    id: `Packages-${packageId}-${version}`,
    spaceId: 'Spaces-1',
    ...identityOf(packageId, version),
    extension: '.zip',
    sizeBytes: 100,
    sha256: `sha-${packageId}-${version}`,
    sha1: 'sha1',
    title: '',
    description: '',
    releaseNotes: '',
    publishedAt,
    publishedBy: 'ada',
  }) as unknown as Promise<unknown>
