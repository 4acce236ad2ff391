import type { Child } from 'hono/jsx'
import { Icon } from './icon.tsx'

export type Crumb = { href: string; title: string }

export const Breadcrumbs = ({ crumbs }: { crumbs: Crumb[] }) => (
  <nav class="breadcrumbs" aria-label="Breadcrumbs">
    <ol>
      {crumbs.map(({ href, title }) => (
        <li>
          <a href={href}>{title}</a>
          <Icon name="chevron" />
        </li>
      ))}
    </ol>
  </nav>
)

/** The top of a page: where it lies, what it is, what can be done with it. */
export const Heading = (props: {
  title: Child
  crumbs?: Crumb[]
  badge?: Child
  intro?: Child
  actions?: Child
}) => (
  <header class="heading">
    {props.crumbs && props.crumbs.length > 0 && <Breadcrumbs crumbs={props.crumbs} />}
    <div class="heading-row">
      <h1>
        <span class="heading-title">{props.title}</span>
        {props.badge}
      </h1>
      {props.actions && <div class="actions">{props.actions}</div>}
    </div>
    {props.intro && <p class="intro">{props.intro}</p>}
  </header>
)
