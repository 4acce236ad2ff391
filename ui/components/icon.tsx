import assets from 'slipway:assets'

export type IconName =
  | 'mark'
  | 'dashboard'
  | 'projects'
  | 'infrastructure'
  | 'library'
  | 'tasks'
  | 'configuration'
  | 'success'
  | 'failed'
  | 'running'
  | 'queued'
  | 'waiting'
  | 'cancelled'
  | 'blocked'
  | 'warning'
  | 'info'
  | 'search'
  | 'user'
  | 'sun'
  | 'moon'
  | 'auto'
  | 'menu'
  | 'plus'
  | 'up'
  | 'down'
  | 'right'
  | 'chevron'
  | 'copy'
  | 'download'
  | 'upload'
  | 'trash'
  | 'edit'
  | 'lock'
  | 'key'
  | 'package'
  | 'script'
  | 'target'
  | 'help'
  | 'close'
  | 'link'

/** One drawing of the sprite. Decoration unless `label` is given: the word beside it speaks. */
export const Icon = ({ name, label }: { name: IconName; label?: string }) => (
  <svg
    class={`icon icon-${name}`}
    viewBox="0 0 16 16"
    width="16"
    height="16"
    {...(label ? { role: 'img', 'aria-label': label } : { 'aria-hidden': 'true' })}
  >
    <use href={`${assets['icons.svg'] ?? ''}#${name}`} />
  </svg>
)
