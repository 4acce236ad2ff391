export type Tab = { href: string; title: string; count?: number | undefined; current?: boolean }

export const Tabs = ({ tabs, label }: { tabs: Tab[]; label: string }) => (
  <nav class="tabs" aria-label={label}>
    {tabs.map(({ href, title, count, current }) => (
      <a href={href} {...(current ? { 'aria-current': 'page' } : {})}>
        {title}
        {count !== undefined && <span class="count">{count}</span>}
      </a>
    ))}
  </nav>
)
