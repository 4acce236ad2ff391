import type { Child } from 'hono/jsx'
import { Icon, type IconName } from './icon.tsx'

export type BannerKind = 'success' | 'error' | 'info' | 'warning'

const icons: Record<BannerKind, IconName> = {
  success: 'success',
  error: 'failed',
  info: 'info',
  warning: 'warning',
}

export const Banner = (props: { kind: BannerKind; title?: Child; children?: Child }) => (
  <div class={`banner banner-${props.kind}`} role={props.kind === 'error' ? 'alert' : 'status'}>
    <Icon name={icons[props.kind]} />
    <div>
      {props.title && <strong>{props.title}</strong>}
      {props.children && <div>{props.children}</div>}
    </div>
  </div>
)
