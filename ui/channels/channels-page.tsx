import { ButtonLink } from '../components/button.tsx'
import { Tag } from '../components/chips.tsx'
import { count } from '../components/format.ts'
import { Cell, Table } from '../components/table.tsx'
import type { Frame } from '../frame.tsx'
import { links } from '../links.ts'
import { ProjectFrame, type ProjectHead, rightsIn } from '../projects/project-frame.tsx'

export type ChannelRow = {
  id: string
  name: string
  description: string
  isDefault: boolean
  /** Its own one; absent: the project's. */
  lifecycle?: string | undefined
  /** Each rule in words. */
  rules: string[]
  releaseCount: number
}

export type ChannelsPageProps = { frame: Frame; project: ProjectHead; channels: ChannelRow[] }

export const ChannelsPage = ({ frame, project, channels }: ChannelsPageProps) => (
  <ProjectFrame
    frame={frame}
    project={project}
    tab="channels"
    actions={
      rightsIn(project).editProcess ? (
        <ButtonLink href={links.channelNew(project.id)} look="primary" icon="plus">
          New channel
        </ButtonLink>
      ) : (
        <span />
      )
    }
  >
    <Table
      caption="Channels"
      stack
      columns={[
        { title: 'Channel' },
        { title: 'Versions it takes' },
        { title: 'Lifecycle' },
        { title: 'Releases' },
      ]}
    >
      {channels.map(channel => (
        <tr>
          <th scope="row">
            <a class="link" href={links.channel(project.id, channel.id)}>
              {channel.name}
            </a>{' '}
            {channel.isDefault && <Tag>default</Tag>}
            {channel.description && <span class="sub">{channel.description}</span>}
          </th>
          <Cell title="Versions it takes">
            {channel.rules.length === 0 ? (
              <span class="faint">any</span>
            ) : (
              channel.rules.map(rule => <span class="rule-words">{rule}</span>)
            )}
          </Cell>
          <Cell title="Lifecycle">
            {channel.lifecycle ?? <span class="faint">the project's</span>}
          </Cell>
          <Cell title="Releases">{count(channel.releaseCount, 'release')}</Cell>
        </tr>
      ))}
    </Table>
    <p class="hint">
      A channel decides which package versions a release may take and which lifecycle it follows.
      When none is named, a release goes to the default channel, or to the only other whose rules
      take its packages.
    </p>
  </ProjectFrame>
)
