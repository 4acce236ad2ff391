import { ButtonLink, DeleteLink } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import { Empty } from '../components/empty.tsx'
import { TextField } from '../components/fields.tsx'
import { ErrorSummary, Form, type FormState } from '../components/form.tsx'
import { count } from '../components/format.ts'
import { Heading } from '../components/heading.tsx'
import { Pagination, type Paging } from '../components/paging.tsx'
import { SaveOrCancel } from '../components/save-or-cancel.tsx'
import { Cell, Table } from '../components/table.tsx'
import type { Frame } from '../frame.tsx'
import { Page } from '../layout.tsx'
import { LibraryFrame } from '../library/library-frame.tsx'
import { links } from '../links.ts'
import { libraryVariables } from './variable-links.ts'
import { AddButton, VariableList, type VariableListProps } from './variable-list.tsx'

export type LibrarySetRow = {
  id: string
  name: string
  description: string
  /** How many projects include it. */
  projectCount: number
}

type ListProps = { frame: Frame; rows: LibrarySetRow[]; paging: Paging; mayCreate: boolean }

export const LibrarySetsPage = ({ frame, rows, paging, mayCreate }: ListProps) => {
  const add = mayCreate && (
    <ButtonLink href={links.librarySetNew} look="primary" icon="plus">
      New variable set
    </ButtonLink>
  )
  return (
    <LibraryFrame frame={frame} tab="variable-sets" actions={add}>
      {paging.total === 0 ? (
        <Empty icon="configuration" title="No library variable sets yet" action={add}>
          Values that several projects share: each project chooses which sets it includes, and its
          own values stand before theirs.
        </Empty>
      ) : (
        <Rows caption="Library variable sets" rows={rows} href={links.librarySet} />
      )}
      <Pagination paging={paging} noun="sets" />
    </LibraryFrame>
  )
}

export const ScriptModulesPage = ({ frame, rows, paging, mayCreate }: ListProps) => {
  const add = mayCreate && (
    <ButtonLink href={links.scriptModuleNew} look="primary" icon="plus">
      New script module
    </ButtonLink>
  )
  return (
    <LibraryFrame frame={frame} tab="script-modules" actions={add}>
      {paging.total === 0 ? (
        <Empty icon="configuration" title="No script modules yet" action={add}>
          Functions that the scripts of several projects share. A project that includes a module has
          it beside each of its scripts.
        </Empty>
      ) : (
        <Rows caption="Script modules" rows={rows} href={links.scriptModule} />
      )}
      <Pagination paging={paging} noun="modules" />
    </LibraryFrame>
  )
}

const Rows = (props: { caption: string; rows: LibrarySetRow[]; href: (id: string) => string }) => (
  <Table
    caption={props.caption}
    stack
    columns={[{ title: 'Name' }, { title: 'Description' }, { title: 'Used by' }]}
  >
    {props.rows.map(({ id, name, description, projectCount }) => (
      <tr>
        <th scope="row">
          <a class="link" href={props.href(id)}>
            {name}
          </a>
        </th>
        <Cell title="Description">
          {description === '' ? <span class="faint">–</span> : description}
        </Cell>
        <Cell title="Used by">{count(projectCount, 'project')}</Cell>
      </tr>
    ))}
  </Table>
)

const SETS = [{ href: links.librarySets, title: 'Variable sets' }]

/** Fields: `name`, `description`. */
const SettingsForm = (props: { form: FormState; action: string; verb: string; back?: string }) => (
  <Form action={props.action}>
    <TextField form={props.form} name="name" label="Name" required />
    <TextField form={props.form} name="description" label="Description" optional />
    <SaveOrCancel verb={props.verb} back={props.back} />
  </Form>
)

export const NewLibrarySetPage = ({ frame, form }: { frame: Frame; form: FormState }) => (
  <Page frame={frame} title="New variable set" section="library">
    <div class="column">
      <Heading title="New variable set" crumbs={SETS} />
      <ErrorSummary form={form} />
      <Card>
        <SettingsForm
          form={form}
          action={links.librarySets}
          verb="Create variable set"
          back={links.librarySets}
        />
      </Card>
    </div>
  </Page>
)

export type User = { id: string; name: string }

export type LibrarySetPageProps = Omit<VariableListProps, 'at' | 'mayEdit'> & {
  frame: Frame
  set: { id: string; name: string; description: string }
  users: User[]
  mayEdit: boolean
  mayDelete: boolean
  /** Of the settings; when they were refused. */
  form: FormState
}

export const LibrarySetPage = (props: LibrarySetPageProps) => {
  const { frame, set, users, mayEdit, mayDelete, form, ...list } = props
  const at = libraryVariables(set.id)
  return (
    <Page frame={frame} title={set.name} section="library">
      <Heading
        title={set.name}
        crumbs={SETS}
        actions={
          <>
            {mayDelete && <DeleteLink href={links.librarySetDelete(set.id)} />}
            {mayEdit && <AddButton at={at} />}
          </>
        }
        {...(set.description ? { intro: set.description } : {})}
      />
      <VariableList at={at} mayEdit={mayEdit} {...list} />
      <div class="column stack library-more">
        <Users users={users} what="set" />
        {mayEdit && (
          <Card title="Settings">
            <ErrorSummary form={form} />
            <SettingsForm form={form} action={links.librarySetSettings(set.id)} verb="Save" />
          </Card>
        )}
      </div>
    </Page>
  )
}

export const Users = ({ users, what }: { users: User[]; what: string }) => (
  <Card title="Used by">
    {users.length === 0 ? (
      <p class="faint">No project includes this {what}.</p>
    ) : (
      <ul class="plain-list">
        {users.map(({ id, name }) => (
          <li>
            <a class="link" href={links.variables(id)}>
              {name}
            </a>
          </li>
        ))}
      </ul>
    )}
  </Card>
)
