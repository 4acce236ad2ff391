import { ROLES } from '../access/roles.ts'
import type { Call } from '../http/call.ts'
import { collection, pageOf } from '../http/paging.ts'
import { invalid } from '../http/problem.ts'
import { type Route, route } from '../http/route.ts'
import { isoTime } from '../http/values.ts'
import { type EventRow, getEvent, listEvents } from './store.ts'
import { verifyRoute } from './verify-api.ts'

const space = { area: 'space' } as const

const CATEGORIES = [
  'Created',
  'Modified',
  'Deleted',
  'DeploymentQueued',
  'DeploymentStarted',
  'DeploymentCancelling',
  'DeploymentSucceeded',
  'DeploymentFailed',
  'DeploymentCanceled',
  'DeploymentTimedOut',
  'DeploymentMissed',
  'DeploymentRestated',
  'AutoDeploySkipped',
  'TaskCanceled',
  'TaskPrioritized',
  'TaskStateChanged',
  'InterruptionRaised',
  'InterruptionTaken',
  'InterruptionSubmitted',
  'InterruptionCanceled',
  'MachineReleased',
  'RunnerPending',
  'RunnerApproved',
  'RunnerRejected',
  'RunnerQuarantined',
  'RunnerReleased',
]

const eventResource = (row: EventRow) => ({
  Id: idOf(row),
  SpaceId: row.spaceId,
  Category: row.category,
  Message: row.message,
  MessageHtml: escaped(row.message),
  MessageReferences: [],
  Occurred: isoTime(row.occurredAt),
  UserId: row.userId,
  Username: row.username,
  IsService: row.establishedWith === 'Host',
  IdentityEstablishedWith: row.establishedWith,
  UserAgent: row.userAgent,
  IpAddress: row.address,
  RelatedDocumentIds: row.documentIds,
  ChangeDetails: { DocumentContext: row.details, Differences: null },
  Comments: null,
  Details: null,
  Links: { Self: `/api/events/${idOf(row)}` },
})

const idOf = ({ sequence }: EventRow) => `Events-${sequence}`

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escaped = (text: string) => text.replace(/[&<>"]/g, char => ENTITIES[char] ?? char)

/** The space of the URL; when it names none, wherever the caller may look. */
const reach = ({ principal, space, spaceNamed }: Call) => ({
  grants: principal.grants.filter(({ roleId }) => ROLES[roleId]?.has('EventView')),
  spaceId: spaceNamed ? space.id : undefined,
})

const instant = (call: Call, name: string): number | undefined => {
  const text = call.query.text(name)
  if (text === undefined) return undefined
  const at = Date.parse(text)
  if (Number.isNaN(at))
    throw invalid(`${name} must be an instant such as 2027-01-31T00:00:00Z; found '${text}'.`)
  return at
}

export const auditRoutes: Route[] = [
  verifyRoute,
  route({
    ...space,
    method: 'GET',
    path: '/events',
    permission: 'EventView',
    summary: 'Who changed what, newest first',
    handler: async call => {
      const page = pageOf(call.query)
      const filter = {
        ...reach(call),
        regarding: call.query.list('regarding'),
        regardingAny: call.query.list('regardingAny'),
        users: call.query.list('users'),
        categories: call.query.list('eventCategories'),
        from: instant(call, 'from'),
        to: instant(call, 'to'),
      }
      const { rows, total } = await listEvents(call.db, filter, page)
      return collection('Event', rows.map(eventResource), total, page, call.request.url)
    },
  }),
  route({
    ...space,
    method: 'GET',
    path: '/events/categories',
    permission: 'EventView',
    summary: 'The categories of events',
    handler: () => CATEGORIES.map(name => ({ Id: name, Name: name })),
  }),
  route({
    ...space,
    method: 'GET',
    path: '/events/{id}',
    permission: 'EventView',
    summary: 'Get an event',
    handler: async call =>
      eventResource(await getEvent(call.db, call.params.id ?? '', reach(call))),
  }),
]
