import type { Child } from 'hono/jsx'
import { Heading } from '../components/heading.tsx'
import { Tabs } from '../components/tabs.tsx'
import type { Frame } from '../frame.tsx'
import { Page } from '../layout.tsx'
import { links } from '../links.ts'

export type InfrastructureTab = 'environments' | 'targets' | 'worker-pools'

export const InfrastructureFrame = (props: {
  frame: Frame
  tab: InfrastructureTab
  actions?: Child
  children?: Child
}) => (
  <Page frame={props.frame} title={titles[props.tab]} section="infrastructure">
    <Heading title="Infrastructure" actions={props.actions} />
    <Tabs
      label="Pages of Infrastructure"
      tabs={[
        {
          href: links.environments,
          title: titles.environments,
          current: props.tab === 'environments',
        },
        { href: links.targets, title: titles.targets, current: props.tab === 'targets' },
        {
          href: links.workerPools,
          title: titles['worker-pools'],
          current: props.tab === 'worker-pools',
        },
      ]}
    />
    {props.children}
  </Page>
)

const titles: Record<InfrastructureTab, string> = {
  environments: 'Environments',
  targets: 'Targets',
  'worker-pools': 'Worker pools',
}
