import type { Child } from 'hono/jsx'
import type { Frame } from '../frame.tsx'
import { Page, type Section } from '../layout.tsx'
import { ButtonLink, SubmitButton } from './button.tsx'
import { Card } from './card.tsx'
import { ErrorSummary, Form, FormActions, type FormState, filled } from './form.tsx'
import { type Crumb, Heading } from './heading.tsx'

export type ConfirmPageProps = {
  frame: Frame
  section: Section
  crumbs: Crumb[]
  /** A question: "Delete target web-1?" */
  title: string
  /** What will be gone, and what stays. */
  consequence: Child
  /** The verb on the button: "Delete target" */
  verb: string
  action: string
  back: string
  form?: FormState
}

/** Before something cannot be undone: says what will happen and asks once. */
export const ConfirmPage = (props: ConfirmPageProps) => (
  <Page frame={props.frame} title={props.title} section={props.section}>
    <div class="column">
      <Heading title={props.title} crumbs={props.crumbs} />
      <ErrorSummary form={props.form ?? filled()} />
      <Card>
        <p>{props.consequence}</p>
        <Form action={props.action}>
          <FormActions>
            <SubmitButton look="danger">{props.verb}</SubmitButton>
            <ButtonLink href={props.back} look="quiet">
              Keep it
            </ButtonLink>
          </FormActions>
        </Form>
      </Card>
    </div>
  </Page>
)
