import { zipOf } from './packages.ts'
import type { RawAnswer } from './raw-http.ts'
import { type Counter, openCounter } from './refusals.ts'

export const S = '/api/Spaces-1'

export type Shop = Counter & {
  /** Sends it to the space; `$Staging` and the like in path, body and key become the ids of what is there. */
  ask: (method: string, path: string, body?: unknown, key?: string) => Promise<RawAnswer>
  /** Sends a form to a page, its address with `$Staging` and the like. */
  submit: (path: string, headers: Record<string, string>, body: string) => Promise<RawAnswer>
}

/** The project Shop with release 1.0.0 that may go to Staging, then to Production; nothing is
 *  deployed yet. Another project, the target web-1, and Ben who may do nothing. */
export const openShop = async (): Promise<Shop> => {
  const counter = await openCounter()
  const { api } = counter
  const known: Record<string, string> = {}
  for (const Name of ['Staging', 'Production'])
    known[Name] = (await api.post(`${S}/environments`, { Name })).Id
  const lifecycle = await api.post(`${S}/lifecycles`, {
    Name: 'Careful',
    Phases: ['Staging', 'Production'].map(Name => ({
      Name,
      OptionalDeploymentTargets: [known[Name]],
    })),
  })
  const { Items } = await api.get(`${S}/projectgroups`)
  const project = (Name: string) =>
    api.post(`${S}/projects`, { Name, LifecycleId: lifecycle.Id, ProjectGroupId: Items[0].Id })
  const shop = await project('Shop')
  const other = await project('Other')
  const target = await api.post(`${S}/machines`, {
    Name: 'web-1',
    EnvironmentIds: [known.Staging],
    Roles: ['web'],
  })
  await api.upload('Shop.Web.1.0.0.zip', zipOf({ 'index.html': 'Shop' }))
  const process = `${S}/projects/${shop.Id}/deploymentprocesses`
  await api.put(process, { ...(await api.get(process)), Steps: [step('Deploy web')] })
  const release = await api.post(`${S}/releases/create/v1`, {
    ProjectName: 'Shop',
    ReleaseVersion: '1.0.0',
  })
  const otherChannels = await api.get(`${S}/projects/${other.Id}/channels`)
  const ben = await api.post('/api/users', { Username: 'ben', Password: 'correct horse battery' })
  const benKey = await api.post(`/api/users/${ben.Id}/apikeys`, { Purpose: 'tests' })
  Object.assign(known, {
    Shop: shop.Id,
    Other: other.Id,
    OtherChannel: otherChannels.Items[0].Id,
    Careful: lifecycle.Id,
    Group: Items[0].Id,
    Web1: target.Id,
    Release: release.ReleaseId,
    Ben: benKey.ApiKey,
  })
  counter.watched.push(
    process,
    `${S}/variables/variableset-${shop.Id}`,
    `${S}/projects/${shop.Id}/deploymentsettings`,
    `${S}/releases/${release.ReleaseId}`,
    `${S}/releases/${release.ReleaseId}/progression`,
  )
  const filled = (text: string) => text.replaceAll(/\$(\w+)/g, (_, name) => known[name] ?? name)
  return {
    ...counter,
    ask: (method, path, sent, key) =>
      counter.send({
        method,
        path: S + filled(path),
        ...(sent !== undefined && { body: filled(JSON.stringify(sent)) }),
        ...(key !== undefined && { headers: { 'x-octopus-apikey': filled(key) } }),
      }),
    submit: (path, headers, sent) =>
      counter.send({ method: 'POST', path: filled(path), headers, body: sent }),
  }
}

/** A step that deploys Shop.Web; `more` is of its action. */
export const step = (Name: string, more: object = {}) => ({
  Name,
  Properties: { 'Octopus.Action.TargetRoles': 'web' },
  Actions: [
    {
      Name,
      ActionType: 'Octopus.TentaclePackage',
      Packages: [
        { Name: '', PackageId: 'Shop.Web', FeedId: 'feeds-builtin', AcquisitionLocation: 'Server' },
      ],
      Properties: {
        'Octopus.Action.Package.PackageId': 'Shop.Web',
        'Octopus.Action.Package.FeedId': 'feeds-builtin',
      },
      ...more,
    },
  ],
})
