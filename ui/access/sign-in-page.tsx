import { SubmitButton } from '../components/button.tsx'
import { Card } from '../components/card.tsx'
import { TextField } from '../components/fields.tsx'
import { ErrorSummary, Form, FormActions, type FormState } from '../components/form.tsx'
import type { Frame } from '../frame.tsx'
import { Page } from '../layout.tsx'
import { links } from '../links.ts'

export type SignInPageProps = {
  frame: Frame
  form: FormState
  /** A path of our own; the route has checked it. */
  returnTo?: string | undefined
}

/** Fields: `username`, `password`, `returnTo`. */
export const SignInPage = ({ frame, form, returnTo }: SignInPageProps) => (
  <Page frame={frame} title="Sign in">
    <ErrorSummary form={form} title="You are not signed in." />
    <Card title="Sign in">
      <Form action={links.signIn()}>
        {returnTo && <input type="hidden" name="returnTo" value={returnTo} />}
        <TextField
          form={form}
          name="username"
          label="Username"
          autocomplete="username"
          required
          focus
        />
        <TextField
          form={form}
          name="password"
          label="Password"
          type="password"
          autocomplete="current-password"
          required
        />
        <FormActions>
          <SubmitButton>Sign in</SubmitButton>
        </FormActions>
      </Form>
    </Card>
    <p class="hint dock-hint">
      Forgot the password? Whoever runs this server can print a new one-time sign-in link by
      starting it again.
    </p>
  </Page>
)
