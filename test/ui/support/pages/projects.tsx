import type { Child } from 'hono/jsx'
import { filled } from '../../../../ui/components/form.tsx'
import { ProjectOverviewPage } from '../../../../ui/projects/overview-page.tsx'
import { NewProjectPage, ProjectSettingsPage } from '../../../../ui/projects/project-form.tsx'
import { ProjectsPage } from '../../../../ui/projects/projects-page.tsx'
import { HOUR, type Kit, NOW } from '../kit.ts'

export const projectsPages = (kit: Kit): [string, Child][] => {
  const { isLong, isEmpty, say, text, some, name, frame } = kit
  const { environments, project, version, paging, wrong, statuses } = kit
  return [
    [
      'projects',
      <ProjectsPage
        frame={frame('/projects')}
        filter={isLong ? text('shop') : ''}
        paging={paging}
        projects={some(['Shop', 'Billing', 'Search', 'Identity']).map((each, index) => ({
          id: `Projects-${index}`,
          name: name(each),
          description: index === 1 ? '' : text('The public shop and its back office.'),
          group: name('Web'),
          lifecycle: name('Default Lifecycle'),
          disabled: index === 3,
          latestRelease:
            index === 2 ? undefined : { id: 'Releases-1', version, at: NOW - index * 7 * HOUR },
        }))}
      />,
    ],
    [
      'project-new',
      <NewProjectPage
        frame={frame('/projects/new')}
        form={isLong ? wrong : filled()}
        groups={[{ value: 'ProjectGroups-1', label: name('Default Project Group') }]}
        lifecycles={[{ value: 'Lifecycles-1', label: name('Default Lifecycle') }]}
      />,
    ],
    [
      'project-overview',
      <ProjectOverviewPage
        frame={frame('/projects/Projects-1')}
        project={project}
        environments={environments}
        stepCount={isEmpty ? 0 : 3}
        paging={paging}
        releases={some([0, 1, 2, 3, 4]).map(index => ({
          id: `Releases-${index}`,
          version: isLong ? version : say(`1.4.${4 - index}`),
          channel: name('Default'),
          createdAt: NOW - index * 25 * HOUR,
          cells: environments.map((environment, e) => ({
            environmentId: environment.id,
            deployment:
              e < index
                ? {
                    id: `Deployments-${index}${e}`,
                    status: statuses[index === 2 && e === 1 ? 1 : 0] ?? 'success',
                    at: NOW - index * 20 * HOUR,
                  }
                : undefined,
            mayDeploy: e === index,
            current: e === index - 1,
            reason:
              e > index
                ? `${text('Test', 'Integration and acceptance')} has to succeed first.`
                : undefined,
          })),
        }))}
      />,
    ],
    [
      'project-settings',
      <ProjectSettingsPage
        frame={frame('/x')}
        project={project}
        form={
          isLong ? wrong : filled({ name: 'Shop', versionTemplate: '#{Octopus.Version.NextPatch}' })
        }
        donors={some([
          { value: 'a', label: `Package ${name('Shop.Web')} of ${name('Deploy web')}` },
        ])}
        groups={[{ value: 'a', label: 'Web' }]}
        lifecycles={[{ value: 'a', label: 'Default Lifecycle' }]}
      />,
    ],
  ]
}
