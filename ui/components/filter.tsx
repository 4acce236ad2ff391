import type { Child } from 'hono/jsx'

/** Narrows a list: a text and, as children, whatever else; the address then says what is shown. */
export const FilterForm = (props: {
  action: string
  name: string
  value: string
  label: string
  children?: Child
}) => (
  <form class="filters" method="get" action={props.action}>
    <input
      class="input"
      type="search"
      name={props.name}
      value={props.value}
      placeholder={props.label}
      aria-label={props.label}
    />
    {props.children}
    <button class="button button-plain" type="submit">
      Filter
    </button>
  </form>
)

export const FilterChoice = (props: {
  name: string
  label: string
  /** What it is called when nothing is chosen. */
  all: string
  chosen: string
  options: readonly { value: string; label: string }[]
}) => (
  <select class="input" name={props.name} aria-label={props.label}>
    <option value="">{props.all}</option>
    {props.options.map(({ value, label }) => (
      <option value={value} selected={value === props.chosen}>
        {label}
      </option>
    ))}
  </select>
)
