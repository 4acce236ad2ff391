import type { Child } from 'hono/jsx'
import type { Theme } from '../../../ui/frame.tsx'
import { type Amount, kitFor } from './kit.ts'
import { accessPages } from './pages/access.tsx'
import { auditPages } from './pages/audit.tsx'
import { channelPages } from './pages/channels.tsx'
import { dashboardPages } from './pages/dashboard.tsx'
import { deploymentsPages } from './pages/deployments.tsx'
import { infrastructurePages } from './pages/infrastructure.tsx'
import { libraryPages } from './pages/library.tsx'
import { processPages } from './pages/process.tsx'
import { projectsPages } from './pages/projects.tsx'
import { releasePages } from './pages/release.tsx'
import { releasesPages } from './pages/releases.tsx'
import { targetsPages } from './pages/targets.tsx'
import { variableLibraryPages } from './pages/variable-library.tsx'
import { variablesPages } from './pages/variables.tsx'

export type NamedPage = { name: string; page: Child }

/** Every page, with that amount of data; `say` turns each text of users, to plant what an attacker would. */
export const allPages = (
  theme: Theme,
  amount: Amount,
  say: (text: string) => string = text => text,
): NamedPage[] => {
  const kit = kitFor(theme, amount, say)
  return [
    ...accessPages(kit),
    ...auditPages(kit),
    ...dashboardPages(kit),
    ...projectsPages(kit),
    ...processPages(kit),
    ...variablesPages(kit),
    ...variableLibraryPages(kit),
    ...channelPages(kit),
    ...releasesPages(kit),
    ...releasePages(kit),
    ...deploymentsPages(kit),
    ...infrastructurePages(kit),
    ...targetsPages(kit),
    ...libraryPages(kit),
  ].map(([name, page]) => ({ name, page }))
}
