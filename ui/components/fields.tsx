import type { Child } from 'hono/jsx'
import { type FormState, fieldId, listOf, textOf } from './form.tsx'

type Labelled = {
  form: FormState
  name: string
  label: string
  hint?: Child
  required?: boolean
  optional?: boolean
}

export type Option = { value: string; label: string; hint?: string | undefined }

const described = ({ form, name, hint }: Labelled) => {
  const ids = [
    hint ? `${fieldId(name)}-hint` : '',
    form.errors[name] ? `${fieldId(name)}-error` : '',
  ]
  const text = ids.filter(Boolean).join(' ')
  return {
    ...(text ? { 'aria-describedby': text } : {}),
    ...(form.errors[name] ? { 'aria-invalid': 'true' } : {}),
  }
}

const Frame = (props: Labelled & { children?: Child }) => (
  <div class={`field${props.form.errors[props.name] ? ' field-wrong' : ''}`}>
    <label for={fieldId(props.name)}>
      {props.label}
      {props.optional && <span class="faint"> optional</span>}
    </label>
    {props.children}
    <Hints {...props} />
  </div>
)

const Hints = ({ form, name, hint }: Labelled) => (
  <>
    {hint && (
      <p class="hint" id={`${fieldId(name)}-hint`}>
        {hint}
      </p>
    )}
    {form.errors[name] && (
      <p class="field-error" id={`${fieldId(name)}-error`}>
        {form.errors[name]}
      </p>
    )}
  </>
)

export const TextField = (
  props: Labelled & {
    type?: 'text' | 'password' | 'number' | 'email' | 'search'
    autocomplete?: string
    placeholder?: string
    mono?: boolean
    focus?: boolean
    min?: number
    list?: string[]
  },
) => (
  <Frame {...props}>
    <input
      id={fieldId(props.name)}
      name={props.name}
      type={props.type ?? 'text'}
      value={props.type === 'password' ? '' : textOf(props.form, props.name)}
      class={props.mono ? 'input mono' : 'input'}
      required={props.required ?? false}
      autocomplete={props.autocomplete ?? 'off'}
      {...(props.placeholder ? { placeholder: props.placeholder } : {})}
      {...(props.focus ? { autofocus: true } : {})}
      {...(props.min === undefined ? {} : { min: props.min })}
      {...(props.list ? { list: `${fieldId(props.name)}-list` } : {})}
      {...described(props)}
    />
    {props.list && (
      <datalist id={`${fieldId(props.name)}-list`}>
        {props.list.map(value => (
          <option value={value} />
        ))}
      </datalist>
    )}
  </Frame>
)

export const TextArea = (
  props: Labelled & { rows?: number; mono?: boolean; placeholder?: string },
) => (
  <Frame {...props}>
    <textarea
      id={fieldId(props.name)}
      name={props.name}
      class={props.mono ? 'input mono' : 'input'}
      rows={props.rows ?? 4}
      required={props.required ?? false}
      spellcheck={!props.mono}
      {...(props.mono ? { wrap: 'off' } : {})}
      {...(props.placeholder ? { placeholder: props.placeholder } : {})}
      {...described(props)}
    >
      {/* The parser drops the first line break of a textarea: this one is for it. */}
      {`\n${textOf(props.form, props.name)}`}
    </textarea>
  </Frame>
)

export const SelectField = (props: Labelled & { options: Option[]; none?: string }) => {
  const chosen = textOf(props.form, props.name)
  return (
    <Frame {...props}>
      <select
        id={fieldId(props.name)}
        name={props.name}
        class="input"
        required={props.required ?? false}
        {...described(props)}
      >
        {props.none !== undefined && <option value="">{props.none}</option>}
        {props.options.map(({ value, label }) => (
          <option value={value} selected={value === chosen}>
            {label}
          </option>
        ))}
      </select>
    </Frame>
  )
}

/** Any number of the options: check boxes in a bounded, scrolling list; works with keys and on a phone. */
export const ChoiceList = (props: Labelled & { options: Option[]; none?: string }) => {
  const chosen = listOf(props.form, props.name)
  return (
    <fieldset
      class={`field choice-field${props.form.errors[props.name] ? ' field-wrong' : ''}`}
      id={fieldId(props.name)}
      {...described(props)}
    >
      <legend>
        {props.label}
        {props.optional && <span class="faint"> optional</span>}
      </legend>
      {props.options.length === 0 ? (
        <p class="hint">{props.none ?? 'There is nothing to choose from yet.'}</p>
      ) : (
        <div class="choices">
          {props.options.map(({ value, label, hint }) => (
            <label class="choice">
              <input
                type="checkbox"
                name={props.name}
                value={value}
                checked={chosen.includes(value)}
              />
              <span>{label}</span>
              {hint && <span class="faint">{hint}</span>}
            </label>
          ))}
        </div>
      )}
      <Hints {...props} />
    </fieldset>
  )
}

export const RadioList = (props: Labelled & { options: Option[] }) => {
  const chosen = textOf(props.form, props.name)
  return (
    <fieldset class="field choice-field" id={fieldId(props.name)} {...described(props)}>
      <legend>{props.label}</legend>
      <div class="choices choices-radio">
        {props.options.map(({ value, label, hint }) => (
          <label class="choice">
            <input type="radio" name={props.name} value={value} checked={value === chosen} />
            <span>{label}</span>
            {hint && <span class="faint choice-hint">{hint}</span>}
          </label>
        ))}
      </div>
      <Hints {...props} />
    </fieldset>
  )
}

export const CheckBox = (props: Labelled) => (
  <div class="field">
    <label class="choice choice-single">
      <input
        id={fieldId(props.name)}
        type="checkbox"
        name={props.name}
        value="true"
        checked={textOf(props.form, props.name) === 'true'}
        {...described(props)}
      />
      <span>{props.label}</span>
    </label>
    <Hints {...props} />
  </div>
)

export const FileField = (props: Labelled & { accept?: string; multiple?: boolean }) => (
  <Frame {...props}>
    <input
      id={fieldId(props.name)}
      name={props.name}
      type="file"
      class="input input-file"
      required={props.required ?? false}
      multiple={props.multiple ?? false}
      {...(props.accept ? { accept: props.accept } : {})}
      {...described(props)}
    />
  </Frame>
)
