import { desc, eq, isNull, or } from 'drizzle-orm'
import { ConfigurationPage } from '../../ui/configuration/configuration-page.tsx'
import { events } from '../audit/schema.ts'
import { type PageCall, page } from '../http/page.tsx'
import { permits } from './authorization.ts'
import { listUsers } from './user-store.ts'

const RECENT = 30

const configuration = async (call: PageCall) => {
  const { db, env, space, principal } = call
  const [users, recent] = await Promise.all([
    permits(principal, 'UserView', {})
      ? listUsers(db, {}, { skip: 0, take: 200 }).then(({ rows }) => rows)
      : [],
    permits(principal, 'EventView', { spaceId: space.id })
      ? db
          .select({ at: events.occurredAt, username: events.username, message: events.message })
          .from(events)
          .where(
            permits(principal, 'EventView', {})
              ? or(eq(events.spaceId, space.id), isNull(events.spaceId))
              : eq(events.spaceId, space.id),
          )
          .orderBy(desc(events.sequence))
          .limit(RECENT)
      : [],
  ])
  return (
    <ConfigurationPage
      frame={call.frame}
      server={[
        { name: 'Address', value: env.PUBLIC_URL },
        {
          name: 'Hosted',
          value: env.HOSTED === 'local' ? 'on one machine' : 'on Cloudflare',
        },
        { name: 'Space', value: space.name },
        { name: 'Installation', value: env.INSTALLATION_ID },
      ]}
      users={users}
      events={recent}
      mayAudit={permits(principal, 'EventView', { spaceId: space.id })}
    />
  )
}

export const configurationPages = [
  page({ path: '/configuration', permission: 'signed-in', handler: configuration }),
]
