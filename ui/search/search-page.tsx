import { Heading } from '../components/heading.tsx'
import { Icon, type IconName } from '../components/icon.tsx'
import type { Frame } from '../frame.tsx'
import { Page } from '../layout.tsx'
import { links } from '../links.ts'

export type SearchResult = { href: string; title: string; detail: string; icon: IconName }

export type SearchPageProps = { frame: Frame; query: string; results: SearchResult[] }

export const SearchPage = ({ frame, query, results }: SearchPageProps) => (
  <Page frame={frame} title="Search">
    <div class="column">
      <Heading title="Search" />
      <form class="filters" method="get" action={links.search}>
        <input class="input" type="search" name="q" value={query} aria-label="Search for" />
        <button class="button button-primary" type="submit">
          Search
        </button>
      </form>
      {query && results.length === 0 && (
        <p class="faint">
          No project, release, environment, target or package has “{query}” in its name.
        </p>
      )}
      {results.length > 0 && (
        <ul class="card rows results">
          {results.map(({ href, title, detail, icon }) => (
            <li>
              <a href={href}>
                <Icon name={icon} />
                <strong>{title}</strong>
              </a>
              <span class="faint">{detail}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  </Page>
)
