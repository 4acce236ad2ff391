import type { Child } from 'hono/jsx'

export const Card = (props: {
  title?: Child
  actions?: Child
  flush?: boolean
  id?: string
  children?: Child
}) => (
  <section class={props.flush ? 'card card-flush' : 'card'} {...(props.id ? { id: props.id } : {})}>
    {(props.title || props.actions) && (
      <header class="card-head">
        <h2>{props.title}</h2>
        {props.actions && <div class="actions">{props.actions}</div>}
      </header>
    )}
    <div class="card-body">{props.children}</div>
  </section>
)

/** Names and values of one thing. */
export const Facts = ({ children }: { children?: Child }) => <dl class="facts">{children}</dl>

export const Fact = ({ name, children }: { name: string; children?: Child }) => (
  <div>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
)
