import { Card } from '../components/card.tsx'
import type { Frame } from '../frame.tsx'
import { Page } from '../layout.tsx'
import { links } from '../links.ts'

/** What is seen of a link as Octopus' clients print it, until the browser has read its end; without
 *  scripts it stays. */
export const AppLinkPage = ({ frame }: { frame: Frame }) => (
  <Page frame={frame} title="Taking you there">
    <Card title="Taking you there">
      <p class="intro">
        The page is named in the last part of this link, which only a script can read. Without
        scripts, look for it among the <a href={links.tasks}>tasks</a> or the{' '}
        <a href={links.projects}>projects</a>.
      </p>
    </Card>
  </Page>
)
