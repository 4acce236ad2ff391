import assets from 'slipway:assets'
import type { Child } from 'hono/jsx'
import { Banner } from './components/banner.tsx'
import { Icon, type IconName } from './components/icon.tsx'
import { type Frame, FrameProvider } from './frame.tsx'
import { links } from './links.ts'
import { TopBar } from './top-bar.tsx'

export type Section =
  | 'dashboard'
  | 'projects'
  | 'infrastructure'
  | 'library'
  | 'tasks'
  | 'configuration'

const sections: { key: Section; title: string; href: string; icon: IconName }[] = [
  { key: 'dashboard', title: 'Dashboard', href: links.home, icon: 'dashboard' },
  { key: 'projects', title: 'Projects', href: links.projects, icon: 'projects' },
  {
    key: 'infrastructure',
    title: 'Infrastructure',
    href: links.infrastructure,
    icon: 'infrastructure',
  },
  { key: 'library', title: 'Library', href: links.library, icon: 'library' },
  { key: 'tasks', title: 'Tasks', href: links.tasks, icon: 'tasks' },
  {
    key: 'configuration',
    title: 'Configuration',
    href: links.configuration,
    icon: 'configuration',
  },
]

/** htmx may neither evaluate code nor run or style what it swaps in; a refused form is shown again. */
const htmxConfig = JSON.stringify({
  allowEval: false,
  allowScriptTags: false,
  includeIndicatorStyles: false,
  selfRequestsOnly: true,
  historyCacheSize: 0,
  refreshOnHistoryMiss: true,
  scrollBehavior: 'instant',
  responseHandling: [
    { code: '[23]04', swap: false, error: false },
    { code: '200', swap: true },
    { code: '2..', swap: true },
    { code: '422', swap: true },
    { code: '[45]..', swap: true, error: true },
  ],
})

type PageProps = {
  frame: Frame
  title: string
  section?: Section | undefined
  /** Extra elements of the head, such as the refresh of a page that lives without JavaScript. */
  head?: Child
  /** Use the whole width: grids and logs. */
  wide?: boolean
  children?: Child
}

/** The frame of every page: rail, top bar, message, content, live regions. */
export const Page = (props: PageProps) => {
  const { frame } = props
  const body = frame.user ? <SignedIn {...props} /> : <SignedOut {...props} />
  return (
    <FrameProvider value={frame}>
      <html lang="en" data-theme={frame.theme} data-now={String(frame.now)}>
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width, initial-scale=1" />
          <meta
            name="color-scheme"
            content={frame.theme === 'system' ? 'light dark' : frame.theme}
          />
          <meta name="htmx-config" content={htmxConfig} />
          <title>{`${props.title} · Slipway`}</title>
          <link rel="icon" type="image/svg+xml" href={assets['favicon.svg'] ?? ''} />
          <link rel="stylesheet" href={assets['slipway.css'] ?? ''} />
          {['htmx.js', 'idiomorph.js', 'sse.js', 'portal.js'].map(name => (
            <script src={assets[name] ?? ''} defer />
          ))}
          {props.head}
        </head>
        <body>{body}</body>
      </html>
    </FrameProvider>
  )
}

const SignedIn = (props: PageProps) => (
  <>
    <a class="skip-link" href="#main">
      Skip to content
    </a>
    <div class="app">
      <Rail section={props.section} activeTasks={props.frame.activeTasks} />
      <div class="deck">
        <TopBar frame={props.frame} />
        <main id="main" tabindex={-1} class={props.wide ? 'main main-wide' : 'main'}>
          <FlashMessage frame={props.frame} />
          {props.children}
        </main>
      </div>
    </div>
    <LiveRegions />
  </>
)

const SignedOut = (props: PageProps) => (
  <>
    <div class="dock">
      <p class="brand brand-large">
        <Icon name="mark" />
        Slipway
      </p>
      <main id="main" tabindex={-1}>
        <FlashMessage frame={props.frame} />
        {props.children}
      </main>
    </div>
    <LiveRegions />
  </>
)

const Rail = (props: { section: Section | undefined; activeTasks: number | undefined }) => (
  <nav class="rail" aria-label="Main">
    <a class="brand" href={links.home}>
      <Icon name="mark" />
      Slipway
    </a>
    <ul>
      {sections.map(({ key, title, href, icon }) => (
        <li>
          <a href={href} {...(key === props.section ? { 'aria-current': 'page' } : {})}>
            <Icon name={icon} />
            <span>{title}</span>
            {key === 'tasks' && (props.activeTasks ?? 0) > 0 && (
              <span class="count" title={`${props.activeTasks} running or waiting`}>
                {props.activeTasks}
              </span>
            )}
          </a>
        </li>
      ))}
    </ul>
  </nav>
)

const FlashMessage = ({ frame }: { frame: Frame }) => (
  <div id="flash">
    {frame.flash && <Banner kind={frame.flash.kind}>{frame.flash.message}</Banner>}
  </div>
)

/** portal.ts writes here what a screen reader should say: results politely, failures at once. */
const LiveRegions = () => (
  <>
    <div id="say-politely" class="hidden" role="status" aria-live="polite" />
    <div id="say-now" class="hidden" role="alert" aria-live="assertive" />
  </>
)
