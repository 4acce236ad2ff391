import { ButtonLink } from '../components/button.tsx'
import { Version } from '../components/chips.tsx'
import { Empty } from '../components/empty.tsx'
import { FilterForm } from '../components/filter.tsx'
import { formatBytes } from '../components/format.ts'
import { Pagination, type Paging } from '../components/paging.tsx'
import { Cell, Table } from '../components/table.tsx'
import { Time } from '../components/time.tsx'
import type { Frame } from '../frame.tsx'
import { LibraryFrame } from '../library/library-frame.tsx'
import { links } from '../links.ts'

export type PackageRow = {
  packageId: string
  latestVersion: string
  versionCount: number
  sizeBytes: number
  publishedAt: number
}

export type PackagesPageProps = {
  frame: Frame
  packages: PackageRow[]
  paging: Paging
  filter: string
  mayPush?: boolean
}

export const PackagesPage = ({
  frame,
  packages,
  paging,
  filter,
  mayPush = true,
}: PackagesPageProps) => {
  const upload = mayPush && (
    <ButtonLink href={links.packageUpload} look="primary" icon="upload">
      Upload package
    </ButtonLink>
  )
  return (
    <LibraryFrame
      frame={frame}
      tab="packages"
      actions={
        <>
          <ButtonLink href={links.packageRetention} look="plain">
            Retention
          </ButtonLink>
          {upload}
        </>
      }
    >
      {paging.total === 0 && !filter ? (
        <Empty
          icon="package"
          title="No packages yet"
          action={upload}
          command="octopus package upload --package Shop.Web.1.0.0.zip"
        >
          A zip, nupkg, tar.gz or tgz named by its ID and version, such as Shop.Web.1.0.0.zip.
          Builds push them; releases pick from them.
        </Empty>
      ) : (
        <>
          <FilterForm action={links.packages} name="filter" value={filter} label="Filter by ID" />
          {packages.length === 0 ? (
            <p class="faint">
              {paging.total === 0
                ? `No package's ID contains “${filter}”.`
                : 'There is no such page.'}
            </p>
          ) : (
            <Table
              caption="Packages"
              stack
              columns={[
                { title: 'Package' },
                { title: 'Newest' },
                { title: 'Versions', kind: 'number' },
                { title: 'Size', kind: 'number' },
                { title: 'Published' },
              ]}
            >
              {packages.map(item => (
                <tr>
                  <th scope="row">
                    <a href={links.package(item.packageId)}>{item.packageId}</a>
                  </th>
                  <Cell title="Newest">
                    <Version>{item.latestVersion}</Version>
                  </Cell>
                  <Cell title="Versions" kind="number">
                    {item.versionCount}
                  </Cell>
                  <Cell title="Size" kind="number">
                    {formatBytes(item.sizeBytes)}
                  </Cell>
                  <Cell title="Published">
                    <Time at={item.publishedAt} />
                  </Cell>
                </tr>
              ))}
            </Table>
          )}
          <Pagination paging={paging} noun="packages" />
        </>
      )}
    </LibraryFrame>
  )
}
