import { Icon } from './icon.tsx'

/** One line to paste elsewhere. Selecting it by hand works too; the button appears where there is JavaScript. */
export const OneLiner = ({ text, label = 'Copy' }: { text: string; label?: string }) => (
  <div class="one-liner">
    <code tabindex={0}>{text}</code>
    <button
      class="icon-button needs-js"
      type="button"
      data-copy={text}
      title={label}
      aria-label={label}
    >
      <Icon name="copy" />
    </button>
  </div>
)

/** A digest: its first twelve characters, the whole in the title. */
export const Digest = ({ text }: { text: string }) => (
  <span class="digest">
    <code title={text}>{text.slice(0, 12)}</code>
    <button
      class="icon-button needs-js"
      type="button"
      data-copy={text}
      title="Copy SHA-256"
      aria-label="Copy SHA-256"
    >
      <Icon name="copy" />
    </button>
  </span>
)
