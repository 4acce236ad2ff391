import { ButtonLink, IconLink } from '../components/button.tsx'
import { Tag, Version } from '../components/chips.tsx'
import { Digest } from '../components/code.tsx'
import { formatBytes } from '../components/format.ts'
import { Heading } from '../components/heading.tsx'
import { Pagination, type Paging } from '../components/paging.tsx'
import { Cell, Table } from '../components/table.tsx'
import { Time } from '../components/time.tsx'
import type { Frame } from '../frame.tsx'
import { Page } from '../layout.tsx'
import { links } from '../links.ts'
import { UsedByProjects } from '../projects/project-links.tsx'

export type PackageVersionRow = {
  version: string
  isPrerelease: boolean
  extension: string
  sizeBytes: number
  sha256: string
  publishedAt: number
  publishedBy: string
  usedBy: { releaseId: string; name: string }[]
  /** Where its bytes are. */
  downloadHref: string
}

export type PackagePageProps = {
  frame: Frame
  packageId: string
  description: string
  versions: PackageVersionRow[]
  paging: Paging
  /** Projects whose process deploys it. */
  projects: { id: string; name: string }[]
  /** What the reader may do here; everything unless said otherwise. */
  may?: { push: boolean; download: boolean; delete: boolean }
}

const EVERYTHING = { push: true, download: true, delete: true }

export const PackagePage = (props: PackagePageProps) => {
  const { frame, packageId, versions, may = EVERYTHING } = props
  return (
    <Page frame={frame} title={packageId} section="library">
      <Heading
        title={packageId}
        crumbs={[
          { href: links.library, title: 'Library' },
          { href: links.packages, title: 'Packages' },
        ]}
        intro={props.description}
        actions={
          may.push && (
            <ButtonLink href={links.packageUpload} look="primary" icon="upload">
              Upload version
            </ButtonLink>
          )
        }
      />
      {props.projects.length > 0 && (
        <p class="intro-block">
          <UsedByProjects projects={props.projects} />
        </p>
      )}
      <Table
        caption={`Versions of ${packageId}`}
        stack
        columns={[
          { title: 'Version' },
          { title: 'Size', kind: 'number' },
          { title: 'SHA-256' },
          { title: 'Published' },
          { title: 'Used by' },
          { title: 'Download or delete', kind: 'actions' },
        ]}
      >
        {versions.map(version => (
          <tr id={`version-${version.version}`}>
            <th scope="row">
              <Version>{version.version}</Version> {version.isPrerelease && <Tag>pre-release</Tag>}
              <span class="sub">{version.extension.replace(/^\./, '')}</span>
            </th>
            <Cell title="Size" kind="number">
              {formatBytes(version.sizeBytes)}
            </Cell>
            <Cell title="SHA-256">
              <Digest text={version.sha256} />
            </Cell>
            <Cell title="Published">
              <span>
                <Time at={version.publishedAt} />
                <span class="sub">by {version.publishedBy}</span>
              </span>
            </Cell>
            <Cell title="Used by">
              <UsedBy usedBy={version.usedBy} />
            </Cell>
            <Cell kind="actions">
              <span class="icon-row">
                {may.download && (
                  <IconLink
                    icon="download"
                    href={version.downloadHref}
                    label={`Download ${packageId} ${version.version}`}
                  />
                )}
                {may.delete && (
                  <IconLink
                    icon="trash"
                    href={links.packageVersionDelete(packageId, version.version)}
                    label={`Delete ${packageId} ${version.version}`}
                  />
                )}
              </span>
            </Cell>
          </tr>
        ))}
      </Table>
      <Pagination paging={props.paging} noun="versions" />
    </Page>
  )
}

const SHOWN = 3

const UsedBy = ({ usedBy }: { usedBy: PackageVersionRow['usedBy'] }) =>
  usedBy.length === 0 ? (
    <span class="faint">no release</span>
  ) : (
    <span>
      {usedBy.slice(0, SHOWN).map(({ releaseId, name }, index) => (
        <>
          {index > 0 && ', '}
          <a href={links.release(releaseId)}>{name}</a>
        </>
      ))}
      {usedBy.length > SHOWN && ` and ${usedBy.length - SHOWN} more`}
    </span>
  )
