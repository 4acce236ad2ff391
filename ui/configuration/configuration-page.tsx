import { Card, Fact, Facts } from '../components/card.tsx'
import { Heading } from '../components/heading.tsx'
import { Icon } from '../components/icon.tsx'
import { Time } from '../components/time.tsx'
import type { Frame } from '../frame.tsx'
import { Page } from '../layout.tsx'
import { links } from '../links.ts'

export type ConfigurationPageProps = {
  frame: Frame
  server: { name: string; value: string }[]
  users: { username: string; displayName: string; isActive: boolean; isService: boolean }[]
  events: { at: number; username: string; message: string }[]
  mayAudit?: boolean
}

export const ConfigurationPage = ({
  frame,
  server,
  users,
  events,
  mayAudit = true,
}: ConfigurationPageProps) => (
  <Page frame={frame} title="Configuration" section="configuration">
    <Heading title="Configuration" />
    <div class="split">
      <div class="stack">
        <Card title="This server">
          <Facts>
            {server.map(({ name, value }) => (
              <Fact name={name}>{value}</Fact>
            ))}
          </Facts>
        </Card>
        <Card title="Recent changes" flush actions={mayAudit && <a href={links.audit}>Audit</a>}>
          {events.length === 0 ? (
            <p class="card-note">Nothing was changed yet.</p>
          ) : (
            <ul class="rows">
              {events.map(({ at, username, message }) => (
                <li>
                  <div>{message}</div>
                  <span class="small faint">
                    {username} · <Time at={at} />
                  </span>
                </li>
              ))}
            </ul>
          )}
        </Card>
      </div>
      <div class="stack">
        <Card title="Users" flush>
          <ul class="rows">
            {users.map(user => (
              <li>
                <div>
                  <strong>{user.displayName}</strong>
                  <span class="sub">
                    {user.username}
                    {user.isService && ' · service account'}
                    {!user.isActive && ' · inactive'}
                  </span>
                </div>
              </li>
            ))}
          </ul>
        </Card>
        <Card title="Yours">
          <p>
            <a href={links.apiKeys} class="icon-link">
              <Icon name="key" />
              API keys
            </a>
          </p>
        </Card>
      </div>
    </div>
  </Page>
)
