import type { Child } from 'hono/jsx'
import { filled } from '../../../../ui/components/form.tsx'
import { NewReleasePage } from '../../../../ui/releases/new-release-page.tsx'
import { ReleasesPage } from '../../../../ui/releases/releases-page.tsx'
import { HOUR, type Kit, NOW } from '../kit.ts'

export const releasesPages = (kit: Kit): [string, Child][] => {
  const { isLong, isEmpty, say, text, some, name, frame } = kit
  const { environments, project, version, paging } = kit
  return [
    [
      'releases',
      <ReleasesPage
        frame={frame('/projects/Projects-1/releases')}
        project={project}
        paging={paging}
        releases={some([0, 1, 2, 3]).map(index => ({
          id: `Releases-${index}`,
          version: isLong ? version : say(`1.4.${4 - index}`),
          channel: name('Default'),
          createdAt: NOW - index * 30 * HOUR,
          createdBy: name('Ada'),
          notes: index % 2 ? '' : text('Faster checkout, fewer queries.'),
          environments: environments.slice(0, index).map(each => each.name),
        }))}
      />,
    ],
    [
      'release-new',
      <NewReleasePage
        frame={frame('/x')}
        project={project}
        stepCount={isEmpty ? 0 : 3}
        mayIgnoreRules={isLong}
        latestVersion={isEmpty ? undefined : '1.4.2'}
        channels={
          isLong
            ? [
                { value: 'a', label: name('Default') },
                { value: 'b', label: name('Hotfix') },
              ]
            : [{ value: 'a', label: 'Default' }]
        }
        form={
          isLong
            ? {
                values: { version: 'one' },
                errors: {
                  version: 'A version is two to four numbers, such as 1.4.3; this is “one”.',
                },
              }
            : filled({ version: '1.4.3' })
        }
        packages={some([
          {
            field: 'package:b',
            step: text('Deploy the shop'),
            packageId: name('Shop.Web'),
            versions: [
              { version: '1.4.3', publishedAt: NOW - HOUR },
              { version: '1.4.2', publishedAt: NOW - 40 * HOUR },
            ],
          },
          {
            field: 'package:c',
            step: text('Deploy the workers'),
            packageId: name('Shop.Workers'),
            versions: [],
          },
        ])}
      />,
    ],
  ]
}
