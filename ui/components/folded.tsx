import type { Child } from 'hono/jsx'

/** What mostly stays as it is: folded, with what it says in a few words. */
export const Folded = (props: {
  title: string
  summary: string
  open: boolean
  attributes?: Record<string, string>
  children?: Child
}) => (
  <details class="folded" open={props.open}>
    <summary>
      <span>{props.title}</span>
      <span class="faint">{props.summary}</span>
    </summary>
    <div class="folded-body" {...(props.attributes ?? {})}>
      {props.children}
    </div>
  </details>
)
