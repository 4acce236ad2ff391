import type { Child } from 'hono/jsx'

export const Tag = ({ children }: { children?: Child }) => <span class="tag">{children}</span>

export const TagList = ({ tags, none = '–' }: { tags: string[]; none?: string }) =>
  tags.length === 0 ? (
    <span class="reason">{none}</span>
  ) : (
    <span class="tags">
      {tags.map(tag => (
        <Tag>{tag}</Tag>
      ))}
    </span>
  )

/** What a value is scoped to, by name. */
export type Scope = {
  environments: string[]
  targetTags: string[]
  targets: string[]
  steps: string[]
  channels?: string[]
  tenantTags?: string[]
  processes?: string[]
}

const dimensions: { key: keyof Scope; word: string }[] = [
  { key: 'environments', word: 'environment' },
  { key: 'targetTags', word: 'target tag' },
  { key: 'targets', word: 'target' },
  { key: 'steps', word: 'step' },
  { key: 'channels', word: 'channel' },
  { key: 'tenantTags', word: 'tenant tag' },
  { key: 'processes', word: 'process' },
]

/** One chip a name; the dimension is told by its mark and its hidden word, not by colour alone. */
export const ScopeChips = ({ scope }: { scope: Scope }) => {
  const chips = dimensions.flatMap(({ key, word }) =>
    (scope[key] ?? []).map(name => (
      <span class={`scope scope-${key}`} title={`${word}: ${name}`}>
        <span class="scope-kind">{word}</span>
        {name}
      </span>
    )),
  )
  return chips.length === 0 ? (
    <span class="faint">everywhere</span>
  ) : (
    <span class="tags">{chips}</span>
  )
}

/** A version, never broken over lines. */
export const Version = ({ children }: { children?: Child }) => (
  <span class="version">{children}</span>
)
