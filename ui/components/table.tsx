import type { Child } from 'hono/jsx'

export type Column = {
  title: string
  kind?: 'text' | 'number' | 'actions' | undefined
  hidden?: boolean
}

/** A table in its own scroll box, so that a narrow page never scrolls sideways as a whole. */
export const Table = (props: {
  caption: string
  columns: Column[]
  stack?: boolean
  children?: Child
}) => (
  <section class="table-box" tabindex={0} aria-label={props.caption}>
    <table class={props.stack ? 'table table-stack' : 'table'}>
      <caption class="hidden">{props.caption}</caption>
      <thead>
        <tr>
          {props.columns.map(({ title, kind, hidden }) => (
            <th scope="col" class={kind ? `cell-${kind}` : ''}>
              {hidden || kind === 'actions' ? <span class="hidden">{title}</span> : title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>{props.children}</tbody>
    </table>
  </section>
)

/** A cell that carries its column's name, for the stacked layout of a narrow page. */
export const Cell = (props: { title?: string; kind?: Column['kind']; children?: Child }) => (
  <td
    class={props.kind ? `cell-${props.kind}` : ''}
    {...(props.title ? { 'data-title': props.title } : {})}
  >
    {props.children}
  </td>
)
