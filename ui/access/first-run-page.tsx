import { SubmitButton } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import { TextField } from '../components/fields.tsx'
import { ErrorSummary, Form, FormActions, type FormState } from '../components/form.tsx'
import type { Frame } from '../frame.tsx'
import { Page } from '../layout.tsx'
import { links } from '../links.ts'

export type FirstRunPageProps = {
  frame: Frame
  token: string
  form: FormState
}

/** The landing of a one-time link. Opening it uses nothing up: mail scanners and previews open links too.
 *  Fields: `username`, `password` (both may stay empty: then only this sign-in happens). */
export const FirstRunPage = ({ frame, token, form }: FirstRunPageProps) => (
  <Page frame={frame} title="Welcome">
    <ErrorSummary form={form} />
    <Card title="Welcome to Slipway">
      <p class="intro">
        This link signs you in once. Choose a password to come back without it; you can also do that
        later.
      </p>
      <Form action={links.firstRun(token)}>
        <TextField form={form} name="username" label="Username" autocomplete="username" />
        <TextField
          form={form}
          name="password"
          label="New password"
          type="password"
          autocomplete="new-password"
          hint="At least 10 characters. A sentence is easier to remember than a puzzle."
          optional
        />
        <FormActions>
          <SubmitButton>Sign in</SubmitButton>
        </FormActions>
      </Form>
    </Card>
  </Page>
)

/** The link was used, has expired, or never was. */
export const LinkUsedPage = ({ frame }: { frame: Frame }) => (
  <Page frame={frame} title="This link no longer works">
    <Card title="This link no longer works">
      <p class="intro">
        A sign-in link works once and for a limited time. <a href={links.signIn()}>Sign in</a> with
        your password, or start the server again to print a new link.
      </p>
    </Card>
  </Page>
)
