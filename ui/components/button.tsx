import type { Child } from 'hono/jsx'
import { Form } from './form.tsx'
import { Icon, type IconName } from './icon.tsx'

export type ButtonLook = 'primary' | 'plain' | 'danger' | 'quiet'

type Look = { look?: ButtonLook; icon?: IconName; small?: boolean; children?: Child }

const className = ({ look = 'plain', small }: Look): string =>
  `button button-${look}${small ? ' button-small' : ''}`

/** A link that looks like a button: it goes somewhere and changes nothing. */
export const ButtonLink = (props: Look & { href: string }) => (
  <a class={className(props)} href={props.href}>
    {props.icon && <Icon name={props.icon} />}
    <span>{props.children}</span>
  </a>
)

/** Leads to the page that asks first; every page of one thing has it first among its actions. It says
 *  what, where the heading names something larger. */
export const DeleteLink = ({ href, what }: { href: string; what?: string }) => (
  <ButtonLink href={href} look="quiet" icon="trash">
    {what ? `Delete ${what}…` : 'Delete…'}
  </ButtonLink>
)

export const SubmitButton = (
  props: Look & { name?: string; value?: string; formaction?: string },
) => (
  <button
    class={className({ look: 'primary', ...props })}
    type="submit"
    {...(props.name ? { name: props.name, value: props.value ?? '' } : {})}
    {...(props.formaction ? { formaction: props.formaction } : {})}
  >
    {props.icon && <Icon name={props.icon} />}
    <span>{props.children}</span>
  </button>
)

/** Only a shape to see; the label is its name and its tooltip. At least 24 × 24 CSS pixels. */
export const IconButton = (props: {
  icon: IconName
  label: string
  name?: string
  value?: string
  disabled?: boolean | undefined
}) => (
  <button
    class="icon-button"
    type="submit"
    title={props.label}
    aria-label={props.label}
    disabled={props.disabled ?? false}
    {...(props.name ? { name: props.name, value: props.value ?? '' } : {})}
  >
    <Icon name={props.icon} />
  </button>
)

export const IconLink = (props: { icon: IconName; label: string; href: string }) => (
  <a class="icon-button" href={props.href} title={props.label} aria-label={props.label}>
    <Icon name={props.icon} />
  </a>
)

/** A deed in one press: a form of its own around a button. */
export const PostButton = (
  props: Look & { action: string; values?: Record<string, string>; live?: boolean },
) => (
  <Form action={props.action} inline live={props.live ?? false}>
    {Object.entries(props.values ?? {}).map(([name, value]) => (
      <input type="hidden" name={name} value={value} />
    ))}
    <SubmitButton
      look={props.look ?? 'plain'}
      small={props.small ?? false}
      {...(props.icon ? { icon: props.icon } : {})}
    >
      {props.children}
    </SubmitButton>
  </Form>
)
