import type { Child } from 'hono/jsx'
import { OneLiner } from './code.tsx'
import { Icon, type IconName } from './icon.tsx'

/** Nothing here yet: what would be here, one button that makes the first, one command that does the same. */
export const Empty = (props: {
  icon: IconName
  title: string
  children?: Child
  action?: Child
  command?: string | undefined
}) => (
  <div class="empty">
    <span class="empty-icon">
      <Icon name={props.icon} />
    </span>
    <h2>{props.title}</h2>
    {props.children && <p>{props.children}</p>}
    {props.action && <div class="actions">{props.action}</div>}
    {props.command && (
      <div class="empty-command">
        <span class="faint">or from a terminal</span>
        <OneLiner text={props.command} label="Copy command" />
      </div>
    )}
  </div>
)
