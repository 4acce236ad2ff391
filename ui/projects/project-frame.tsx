import type { Child } from 'hono/jsx'
import { Banner } from '../components/banner.tsx'
import { ButtonLink } from '../components/button.tsx'
import { Heading } from '../components/heading.tsx'
import { Tabs } from '../components/tabs.tsx'
import type { Frame } from '../frame.tsx'
import { Page } from '../layout.tsx'
import { links } from '../links.ts'

export type ProjectTab = 'overview' | 'process' | 'variables' | 'channels' | 'releases' | 'settings'

export type ProjectHead = {
  id: string
  name: string
  group: string
  description?: string | undefined
  disabled?: boolean | undefined
  /** What the reader may do here; everything unless said otherwise. */
  may?: ProjectRights | undefined
}

export type ProjectRights = {
  release: boolean
  editProcess: boolean
  editVariables: boolean
  edit: boolean
  delete: boolean
}

const EVERYTHING: ProjectRights = {
  release: true,
  editProcess: true,
  editVariables: true,
  edit: true,
  delete: true,
}

export const rightsIn = (project: ProjectHead): ProjectRights => project.may ?? EVERYTHING

const tabs: { key: ProjectTab; title: string; href: (id: string) => string }[] = [
  { key: 'overview', title: 'Overview', href: links.project },
  { key: 'process', title: 'Process', href: links.process },
  { key: 'variables', title: 'Variables', href: links.variables },
  { key: 'channels', title: 'Channels', href: links.channels },
  { key: 'releases', title: 'Releases', href: links.releases },
  { key: 'settings', title: 'Settings', href: links.projectSettings },
]

type ProjectFrameProps = {
  frame: Frame
  project: ProjectHead
  tab: ProjectTab
  title?: string
  actions?: Child
  wide?: boolean
  children?: Child
}

/** What all pages of one project share: its name, its tabs, the button to create a release. */
export const ProjectFrame = (props: ProjectFrameProps) => (
  <Page
    frame={props.frame}
    title={`${props.title ?? titleOf(props.tab)} · ${props.project.name}`}
    section="projects"
    wide={props.wide ?? false}
  >
    <Heading
      title={props.project.name}
      crumbs={[{ href: links.projects, title: 'Projects' }]}
      actions={
        props.actions ??
        (rightsIn(props.project).release && (
          <ButtonLink href={links.releaseNew(props.project.id)} look="primary" icon="plus">
            Create release
          </ButtonLink>
        ))
      }
    />
    <Tabs
      label={`Pages of ${props.project.name}`}
      tabs={tabs.map(({ key, title, href }) => ({
        title,
        href: href(props.project.id),
        current: key === props.tab,
      }))}
    />
    {props.project.disabled && (
      <Banner kind="warning" title="This project is disabled.">
        Nothing can be released or deployed until it is enabled in its settings.
      </Banner>
    )}
    {props.children}
  </Page>
)

const titleOf = (tab: ProjectTab): string => tabs.find(({ key }) => key === tab)?.title ?? ''
