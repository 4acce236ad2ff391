import { collection, pageOf } from '../http/paging.ts'
import { type Route, route } from '../http/route.ts'
import { getPolicy, listPolicies, type PolicyRow } from './policy-store.ts'

const space = { area: 'space' } as const

/** What clients require of every policy; durations are .NET time spans. */
const DEFAULTS = {
  Description: '',
  ConnectionConnectTimeout: '00:01:00',
  ConnectionRetryCountLimit: 5,
  ConnectionRetrySleepInterval: '00:00:01',
  ConnectionRetryTimeLimit: '00:05:00',
  PollingRequestMaximumMessageProcessingTimeout: '00:10:00',
  PollingRequestQueueTimeout: '00:02:00',
  MachineHealthCheckPolicy: {
    HealthCheckType: 'OnlyConnectivity',
    HealthCheckInterval: '01:00:00',
    HealthCheckCron: null,
    HealthCheckCronTimezone: 'UTC',
    BashHealthCheckPolicy: { RunType: 'InheritFromDefault', ScriptBody: null },
    PowerShellHealthCheckPolicy: { RunType: 'InheritFromDefault', ScriptBody: null },
  },
  MachineConnectivityPolicy: { MachineConnectivityBehavior: 'ExpectedToBeOnline' },
  MachineCleanupPolicy: {
    DeleteMachinesBehavior: 'DoNotDelete',
    DeleteMachinesElapsedTimeSpan: '00:00:00',
  },
  MachineUpdatePolicy: {
    CalamariUpdateBehavior: 'UpdateOnDeployment',
    TentacleUpdateBehavior: 'Update',
    KubernetesAgentUpdateBehavior: 'NeverUpdate',
    TentacleUpdateAccountId: null,
  },
  MachineRpcCallRetryPolicy: {
    Enabled: true,
    RetryDuration: '00:02:30',
    HealthCheckRetryDuration: '00:02:30',
  },
}

const policyResource = (row: PolicyRow) => {
  const self = `/api/${row.spaceId}/machinepolicies/${row.id}`
  return {
    Id: row.id,
    SpaceId: row.spaceId,
    Name: row.name,
    IsDefault: row.isDefault,
    ...DEFAULTS,
    ...(row.settings as object),
    Links: { Self: self },
  }
}

export const policyApi: Route[] = [
  route({
    ...space,
    method: 'GET',
    path: '/machinepolicies',
    permission: 'MachineView',
    summary: 'List machine policies, the default one first',
    handler: async call => {
      const page = pageOf(call.query)
      const rows = await listPolicies(call.db, call.space.id)
      const items = rows.slice(page.skip, page.skip + page.take).map(policyResource)
      return collection('MachinePolicy', items, rows.length, page, call.request.url)
    },
  }),
  route({
    ...space,
    method: 'GET',
    path: '/machinepolicies/all',
    permission: 'MachineView',
    summary: 'All machine policies',
    handler: async call => (await listPolicies(call.db, call.space.id)).map(policyResource),
  }),
  route({
    ...space,
    method: 'GET',
    path: '/machinepolicies/template',
    permission: 'MachineView',
    summary: 'A machine policy with its defaults, not stored',
    handler: call => ({
      Id: null,
      SpaceId: call.space.id,
      Name: null,
      IsDefault: false,
      ...DEFAULTS,
      Links: {},
    }),
  }),
  route({
    ...space,
    method: 'GET',
    path: '/machinepolicies/{id}',
    permission: 'MachineView',
    summary: 'Get a machine policy',
    handler: async call =>
      policyResource(await getPolicy(call.db, call.space.id, call.params.id ?? '')),
  }),
]
