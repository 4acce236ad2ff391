import { ButtonLink, SubmitButton } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import { Version } from '../components/chips.tsx'
import { Empty } from '../components/empty.tsx'
import { TextField } from '../components/fields.tsx'
import { ErrorSummary, Form, FormActions, type FormState, filled } from '../components/form.tsx'
import { formatBytes } from '../components/format.ts'
import { Heading } from '../components/heading.tsx'
import { Pagination, type Paging } from '../components/paging.tsx'
import { SaveOrCancel } from '../components/save-or-cancel.tsx'
import { Cell, Table } from '../components/table.tsx'
import { Time } from '../components/time.tsx'
import type { Frame } from '../frame.tsx'
import { Page } from '../layout.tsx'
import { links } from '../links.ts'

export type ExpiredRow = {
  packageId: string
  version: string
  sizeBytes: number
  publishedAt: number
}

export type RetentionPageProps = {
  frame: Frame
  form: FormState
  /** The policy as it is; undefined: everything is kept. */
  policyDays: number | undefined
  /** What the shown report assumes. */
  days: number
  packages: ExpiredRow[]
  bytes: number
  kept: { used: number; newest: number; younger: number }
  paging: Paging
  mayEdit?: boolean
  mayDelete?: boolean
}

/** The policy, and what it would do now: nothing goes that was not shown here before. */
export const RetentionPage = (props: RetentionPageProps) => {
  const { frame, form, days, packages, paging, mayEdit = true, mayDelete = true } = props
  return (
    <Page frame={frame} title="Package retention" section="library">
      <Heading
        title="Package retention"
        crumbs={[
          { href: links.library, title: 'Library' },
          { href: links.packages, title: 'Packages' },
        ]}
        intro="A version that a release uses is never deleted, nor the newest version of a package."
      />
      <ErrorSummary form={form} />
      <div class="stack">
        <div class="column stack">
          <Card title="Policy">
            <p>
              {props.policyDays === undefined
                ? 'Every version is kept for ever.'
                : `Versions that no release uses are deleted ${count(props.policyDays, 'day')} after they were published.`}
            </p>
            {mayEdit && (
              <Form action={links.packageRetention}>
                <TextField
                  form={form}
                  name="policy"
                  label="Delete unused versions after"
                  type="number"
                  min={1}
                  hint="Days since they were published, 1 to 36,500. Leave it empty to keep all of them."
                  optional
                />
                <SaveOrCancel verb="Save policy" back={links.packages} />
              </Form>
            )}
          </Card>
          <Card title="Dry run">
            <div class="stack">
              <Form action={links.packageRetention} method="get">
                <TextField
                  form={filled({ days: String(days) })}
                  name="days"
                  label="Assume a policy of so many days"
                  type="number"
                  min={1}
                  required
                />
                <FormActions>
                  <SubmitButton look="plain">Look</SubmitButton>
                </FormActions>
              </Form>
              <p>
                {paging.total === 0
                  ? 'Nothing would be deleted. '
                  : `${count(paging.total, 'version')} with ${formatBytes(props.bytes)} would be deleted. `}
                {keptWords(props.kept)}
              </p>
              {packages.length > 0 && mayDelete && (
                <p>
                  <ButtonLink href={links.packageRetentionRun(days)} look="danger">
                    Delete these now
                  </ButtonLink>
                </p>
              )}
            </div>
          </Card>
        </div>
        {packages.length === 0 ? (
          <Empty icon="package" title={paging.total === 0 ? 'All versions stay' : 'No such page'}>
            {paging.total === 0
              ? `No unused version is older than ${count(days, 'day')}.`
              : 'Go back to the first page of this list.'}
          </Empty>
        ) : (
          <>
            <Table
              caption="Versions that would be deleted, the oldest first"
              stack
              columns={[
                { title: 'Package' },
                { title: 'Version' },
                { title: 'Size', kind: 'number' },
                { title: 'Published' },
              ]}
            >
              {packages.map(each => (
                <tr>
                  <th scope="row">
                    <a href={links.package(each.packageId)}>{each.packageId}</a>
                  </th>
                  <Cell title="Version">
                    <Version>{each.version}</Version>
                  </Cell>
                  <Cell title="Size" kind="number">
                    {formatBytes(each.sizeBytes)}
                  </Cell>
                  <Cell title="Published">
                    <Time at={each.publishedAt} />
                  </Cell>
                </tr>
              ))}
            </Table>
            <Pagination paging={paging} noun="versions" />
          </>
        )}
      </div>
    </Page>
  )
}

const count = (number: number, noun: string) =>
  `${number.toLocaleString('en')} ${noun}${number === 1 ? '' : 's'}`

const keptWords = ({ used, newest, younger }: RetentionPageProps['kept']): string => {
  const reasons = [
    used > 0 && `${used.toLocaleString('en')} because releases use them`,
    newest > 0 && `${newest.toLocaleString('en')} as the newest of their package`,
    younger > 0 && `${younger.toLocaleString('en')} because they are younger`,
  ].filter(reason => reason !== false)
  return reasons.length === 0 ? '' : `Kept: ${reasons.join(', ')}.`
}
