import type { Child } from 'hono/jsx'
import { CSRF_FIELD, useFrame } from '../frame.tsx'
import { Icon } from './icon.tsx'

/** What the user typed and what was wrong with it: a refused form shows both again. */
export type FormState = {
  values: Record<string, string | string[]>
  /** Field name → what was expected, found, and what to do. The name `''` is the whole form. */
  errors: Record<string, string>
}

export const filled = (values: FormState['values'] = {}): FormState => ({ values, errors: {} })

export const textOf = (form: FormState, name: string): string => {
  const value = form.values[name]
  return (Array.isArray(value) ? value[0] : value) ?? ''
}

export const listOf = (form: FormState, name: string): string[] => {
  const value = form.values[name]
  return value === undefined ? [] : Array.isArray(value) ? value : [value]
}

/** Whether any of the fields was refused. */
export const hasError = (form: FormState, names: string[]): boolean =>
  names.some(name => form.errors[name] !== undefined)

/** A post with the session's token. `live` lets htmx morph the answering page in place: scroll and focus stay. */
export const Form = (props: {
  action: string
  method?: 'post' | 'get'
  upload?: boolean
  inline?: boolean
  live?: boolean
  id?: string
  children?: Child
}) => {
  const { csrf } = useFrame()
  const method = props.method ?? 'post'
  return (
    <form
      action={props.action}
      method={method}
      class={props.inline ? 'form-inline' : 'form'}
      {...(props.id ? { id: props.id } : {})}
      {...(props.upload ? { enctype: 'multipart/form-data' } : {})}
      {...(props.live
        ? {
            'hx-boost': 'true',
            'hx-ext': 'morph',
            'hx-target': 'body',
            'hx-swap': 'morph:innerHTML',
          }
        : {})}
    >
      {method === 'post' && <input type="hidden" name={CSRF_FIELD} value={csrf} />}
      {props.children}
    </form>
  )
}

/** All errors of a refused form at its top, each leading to its field. */
export const ErrorSummary = ({ form, title }: { form: FormState; title?: string }) => {
  const errors = Object.entries(form.errors)
  if (errors.length === 0) return null
  return (
    <div class="banner banner-error" role="alert" tabindex={-1} data-focus>
      <Icon name="failed" />
      <div>
        <strong>
          {title ?? (errors.length === 1 ? 'Not saved.' : `Not saved: ${errors.length} problems.`)}
        </strong>
        <ul class="plain-list">
          {errors.map(([name, message]) => (
            <li>{name === '' ? message : <a href={`#${fieldId(name)}`}>{message}</a>}</li>
          ))}
        </ul>
      </div>
    </div>
  )
}

export const fieldId = (name: string): string => `field-${name.replaceAll(/[^\w-]/g, '-')}`

export const FormActions = ({ children }: { children?: Child }) => (
  <div class="form-actions">{children}</div>
)

/** Fields that belong together, with a heading and what they are for. */
export const FieldGroup = (props: { title: string; hint?: Child; children?: Child }) => (
  <fieldset class="field-group">
    <legend>{props.title}</legend>
    {props.hint && <p class="hint">{props.hint}</p>}
    {props.children}
  </fieldset>
)
