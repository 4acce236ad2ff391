import { Banner } from '../components/banner.tsx'
import { IconButton, SubmitButton } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import { OneLiner } from '../components/code.tsx'
import { SelectField, TextField } from '../components/fields.tsx'
import { ErrorSummary, Form, FormActions, type FormState } from '../components/form.tsx'
import { Heading } from '../components/heading.tsx'
import { Cell, Table } from '../components/table.tsx'
import { Time } from '../components/time.tsx'
import type { Frame } from '../frame.tsx'
import { Page } from '../layout.tsx'
import { links } from '../links.ts'

export type ApiKeyRow = {
  id: string
  purpose: string
  /** Its first letters and an ellipsis, to recognise it by. */
  hint: string
  createdAt: number
  expiresAt?: number | undefined
  lastUsedAt?: number | undefined
}

export type ApiKeysPageProps = {
  frame: Frame
  keys: ApiKeyRow[]
  form: FormState
  /** The key just made. It is shown now and never again. */
  created?: { key: string; purpose: string } | undefined
}

/** Fields: `purpose`, `expiry` in days or empty. */
export const ApiKeysPage = ({ frame, keys, form, created }: ApiKeysPageProps) => (
  <Page frame={frame} title="API keys">
    <Heading
      title="API keys"
      intro="Programs sign in with a key in place of you: builds, scripts, the octopus command line."
    />
    {created && (
      <Banner
        kind="success"
        title={`Key for “${created.purpose}”. Copy it now: it is not shown again.`}
      >
        <OneLiner text={created.key} label="Copy key" />
      </Banner>
    )}
    <div class="split">
      <div class="stack">
        {keys.length === 0 ? (
          <p class="faint">You have no API keys.</p>
        ) : (
          <Table
            caption="Your API keys"
            stack
            columns={[
              { title: 'Purpose' },
              { title: 'Key' },
              { title: 'Created' },
              { title: 'Last used' },
              { title: 'Expires' },
              { title: 'Delete', kind: 'actions' },
            ]}
          >
            {keys.map(key => (
              <tr>
                <th scope="row">{key.purpose}</th>
                <Cell title="Key">
                  <code>{key.hint}</code>
                </Cell>
                <Cell title="Created">
                  <Time at={key.createdAt} />
                </Cell>
                <Cell title="Last used">
                  <Time at={key.lastUsedAt} none="never" />
                </Cell>
                <Cell title="Expires">
                  <Time at={key.expiresAt} none="never" />
                </Cell>
                <Cell kind="actions">
                  <Form action={links.apiKeyDelete(key.id)} inline>
                    <IconButton icon="trash" label={`Delete the key for ${key.purpose}`} />
                  </Form>
                </Cell>
              </tr>
            ))}
          </Table>
        )}
      </div>
      <Card title="New key">
        <ErrorSummary form={form} />
        <Form action={links.apiKeys}>
          <TextField
            form={form}
            name="purpose"
            label="Purpose"
            placeholder="Build server"
            hint="Tells you later what would stop if you delete it."
            required
          />
          <SelectField
            form={form}
            name="expiry"
            label="Expires"
            none="Never"
            options={[
              { value: '30', label: 'In 30 days' },
              { value: '90', label: 'In 90 days' },
              { value: '365', label: 'In a year' },
            ]}
          />
          <FormActions>
            <SubmitButton>Create key</SubmitButton>
          </FormActions>
        </Form>
      </Card>
    </div>
  </Page>
)
