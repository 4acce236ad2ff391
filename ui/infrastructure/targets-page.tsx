import { ButtonLink } from '../components/button.tsx'
import { TagList } from '../components/chips.tsx'
import { Empty } from '../components/empty.tsx'
import type { Option } from '../components/fields.tsx'
import { FilterChoice, FilterForm } from '../components/filter.tsx'
import { PollTable } from '../components/live.tsx'
import { Pagination, type Paging } from '../components/paging.tsx'
import { type Health, HealthChip } from '../components/status.tsx'
import { Cell, Table } from '../components/table.tsx'
import { Time } from '../components/time.tsx'
import type { Frame } from '../frame.tsx'
import { links } from '../links.ts'
import { InfrastructureFrame } from './infrastructure-frame.tsx'

export type TargetRow = {
  id: string
  name: string
  health: Health
  /** What the last check said. */
  summary: string
  lastSeenAt?: number | undefined
  environments: string[]
  tags: string[]
  system?: string | undefined
}

export type TargetsPageProps = {
  frame: Frame
  targets: TargetRow[]
  paging: Paging
  filter: { name: string; environment: string; tag: string }
  environments: Option[]
  tags: string[]
  mayAdd?: boolean
}

export const TargetsPage = (props: TargetsPageProps) => {
  const { frame, targets, paging, filter } = props
  const isFiltered = filter.name !== '' || filter.environment !== '' || filter.tag !== ''
  const add = props.mayAdd !== false && (
    <ButtonLink href={links.targetNew} look="primary" icon="plus">
      Add target
    </ButtonLink>
  )
  return (
    <InfrastructureFrame frame={frame} tab="targets" actions={add}>
      {paging.total === 0 && !isFiltered ? (
        <Empty icon="target" title="No targets yet" action={add}>
          A target is a machine that runs our runner. One line of shell installs it; it calls out to
          this server and needs no open port.
        </Empty>
      ) : (
        <>
          <Filters {...props} />
          <PollTable id="targets">
            {targets.length === 0 ? (
              <p class="faint">
                {paging.total === 0 ? 'No target matches.' : 'There is no such page.'}
              </p>
            ) : (
              <Table
                caption="Targets"
                stack
                columns={[
                  { title: 'Target' },
                  { title: 'Health' },
                  { title: 'Environments' },
                  { title: 'Tags' },
                  { title: 'Last seen' },
                ]}
              >
                {targets.map(target => (
                  <tr>
                    <th scope="row">
                      <a href={links.target(target.id)}>{target.name}</a>
                      {target.system && <span class="sub">{target.system}</span>}
                    </th>
                    <Cell title="Health">
                      <span>
                        <HealthChip health={target.health} />
                        {target.health !== 'healthy' && target.summary && (
                          <span class="sub">{target.summary}</span>
                        )}
                      </span>
                    </Cell>
                    <Cell title="Environments">{target.environments.join(', ') || '–'}</Cell>
                    <Cell title="Tags">
                      <TagList tags={target.tags} />
                    </Cell>
                    <Cell title="Last seen">
                      <Time at={target.lastSeenAt} none="never" />
                    </Cell>
                  </tr>
                ))}
              </Table>
            )}
            <Pagination paging={paging} noun="targets" />
          </PollTable>
        </>
      )}
    </InfrastructureFrame>
  )
}

const Filters = ({ filter, environments, tags }: TargetsPageProps) => (
  <FilterForm action={links.targets} name="name" value={filter.name} label="Filter by name">
    <FilterChoice
      name="environment"
      label="Environment"
      all="All environments"
      chosen={filter.environment}
      options={environments}
    />
    <FilterChoice
      name="tag"
      label="Tag"
      all="All tags"
      chosen={filter.tag}
      options={tags.map(tag => ({ value: tag, label: tag }))}
    />
  </FilterForm>
)
