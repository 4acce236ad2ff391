import type { Child } from 'hono/jsx'
import { Heading } from '../components/heading.tsx'
import { Tabs } from '../components/tabs.tsx'
import type { Frame } from '../frame.tsx'
import { Page } from '../layout.tsx'
import { links } from '../links.ts'

export type LibraryTab = 'packages' | 'lifecycles' | 'variable-sets' | 'script-modules'

const TABS: { key: LibraryTab; title: string; href: string }[] = [
  { key: 'packages', title: 'Packages', href: links.packages },
  { key: 'lifecycles', title: 'Lifecycles', href: links.lifecycles },
  { key: 'variable-sets', title: 'Variable sets', href: links.librarySets },
  { key: 'script-modules', title: 'Script modules', href: links.scriptModules },
]

export const LibraryFrame = (props: {
  frame: Frame
  tab: LibraryTab
  actions?: Child
  children?: Child
}) => (
  <Page
    frame={props.frame}
    title={TABS.find(({ key }) => key === props.tab)?.title ?? 'Library'}
    section="library"
  >
    <Heading title="Library" actions={props.actions} />
    <Tabs
      label="Pages of Library"
      tabs={TABS.map(({ key, title, href }) => ({ href, title, current: key === props.tab }))}
    />
    {props.children}
  </Page>
)
