import { ButtonLink, SubmitButton } from './button.tsx'
import { FormActions } from './form.tsx'

/** How a form ends: its deed first (unless the reader may not), then the way back without it. */
export const SaveOrCancel = (props: { verb: string; back?: string | undefined; may?: boolean }) => (
  <FormActions>
    {(props.may ?? true) && <SubmitButton>{props.verb}</SubmitButton>}
    {props.back && (
      <ButtonLink href={props.back} look="quiet">
        Cancel
      </ButtonLink>
    )}
  </FormActions>
)
