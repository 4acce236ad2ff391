import type { Child } from 'hono/jsx'
import { Heading } from '../components/heading.tsx'
import { Tabs } from '../components/tabs.tsx'
import type { Frame } from '../frame.tsx'
import { Page } from '../layout.tsx'
import { links } from '../links.ts'

export type LibraryTab = 'packages' | 'lifecycles'

export const LibraryFrame = (props: {
  frame: Frame
  tab: LibraryTab
  actions?: Child
  children?: Child
}) => (
  <Page
    frame={props.frame}
    title={props.tab === 'packages' ? 'Packages' : 'Lifecycles'}
    section="library"
  >
    <Heading title="Library" actions={props.actions} />
    <Tabs
      label="Pages of Library"
      tabs={[
        { href: links.packages, title: 'Packages', current: props.tab === 'packages' },
        { href: links.lifecycles, title: 'Lifecycles', current: props.tab === 'lifecycles' },
      ]}
    />
    {props.children}
  </Page>
)
