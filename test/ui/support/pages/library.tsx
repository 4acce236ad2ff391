import type { Child } from 'hono/jsx'
import { filled } from '../../../../ui/components/form.tsx'
import { LifecyclePage } from '../../../../ui/lifecycles/lifecycle-page.tsx'
import { LifecyclesPage } from '../../../../ui/lifecycles/lifecycles-page.tsx'
import { PackagePage } from '../../../../ui/packages/package-page.tsx'
import { PackagesPage } from '../../../../ui/packages/packages-page.tsx'
import { RetentionPage } from '../../../../ui/packages/retention-page.tsx'
import { UploadPage } from '../../../../ui/packages/upload-page.tsx'
import { HOUR, type Kit, NOW } from '../kit.ts'

export const libraryPages = (kit: Kit): [string, Child][] => {
  const { isLong, isEmpty, say, text, some, name, frame } = kit
  const { environments, options, version, paging } = kit
  return [
    [
      'packages',
      <PackagesPage
        frame={frame('/library/packages')}
        filter=""
        paging={paging}
        packages={some(['Shop.Web', 'Shop.Workers', 'Billing.Api']).map((each, index) => ({
          packageId: name(each),
          latestVersion: version,
          versionCount: 12 - index,
          sizeBytes: 1_480_233 * (index + 1) ** 3,
          publishedAt: NOW - index * 7 * HOUR,
        }))}
      />,
    ],
    [
      'package',
      <PackagePage
        frame={frame('/x')}
        packageId={name('Shop.Web')}
        description={text('The shop’s pages and assets.')}
        paging={paging}
        projects={some([{ id: 'Projects-1', name: name('Shop') }])}
        versions={some([0, 1, 2]).map(index => ({
          version: isLong ? `${version}.${index}` : say(`1.4.${2 - index}`),
          isPrerelease: index === 0,
          extension: '.zip',
          sizeBytes: 1_480_233 + index * 20_000,
          sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
          publishedAt: NOW - index * 30 * HOUR,
          publishedBy: name('build'),
          usedBy:
            index === 0
              ? []
              : [1, 2, 3, 4].map(n => ({
                  releaseId: `Releases-${n}`,
                  name: `${name('Shop')} 1.4.${n}`,
                })),
          downloadHref: '/api/packages/packages-1/raw',
        }))}
      />,
    ],
    [
      'retention',
      <RetentionPage
        frame={frame('/library/packages/retention')}
        form={filled({ policy: isEmpty ? '' : '60' })}
        policyDays={isEmpty ? undefined : 60}
        days={60}
        packages={some([0, 1, 2, 3]).map(index => ({
          packageId: name('Shop.Web'),
          version: isLong ? `${version}.${index}` : say(`1.0.${index}`),
          sizeBytes: 1_480_233 + index * 20_000,
          publishedAt: NOW - (200 - index) * 24 * HOUR,
        }))}
        bytes={isEmpty ? 0 : 6_100_000}
        kept={
          isEmpty ? { used: 0, newest: 0, younger: 0 } : { used: 12, newest: 3, younger: 1_240 }
        }
        paging={paging}
      />,
    ],
    [
      'upload',
      <UploadPage
        frame={frame('/library/packages/upload')}
        limit="5 GB"
        form={
          isLong
            ? {
                values: {},
                errors: {
                  file: 'The name “shop.zip” carries no version. Name the file ID.version.zip, such as shop.1.0.0.zip.',
                },
              }
            : filled()
        }
      />,
    ],
    [
      'lifecycles',
      <LifecyclesPage
        frame={frame('/library/lifecycles')}
        lifecycles={some([
          {
            id: 'Lifecycles-1',
            name: name('Default Lifecycle'),
            description: '',
            phases: [],
            projectCount: 3,
          },
          {
            id: 'Lifecycles-2',
            name: name('Hotfix'),
            description: text('Skips Development.'),
            phases: environments.slice(1).map(({ name: each }, index) => ({
              name: each,
              environments: [each],
              optional: index === 0,
            })),
            projectCount: 1,
          },
        ])}
      />,
    ],
    [
      'lifecycle',
      <LifecyclePage
        frame={frame('/x')}
        lifecycle={isEmpty ? undefined : { id: 'Lifecycles-2', name: name('Hotfix') }}
        phaseCount={isEmpty ? 0 : 2}
        environments={options}
        projects={some([{ id: 'Projects-1', name: name('Shop') }])}
        form={
          isLong
            ? {
                values: { name: 'Hotfix', 'phases.0.name': '' },
                errors: { 'phases.0.name': 'A phase needs a name.' },
              }
            : filled({
                name: isEmpty ? '' : 'Hotfix',
                'phases.0.name': 'Test',
                'phases.0.environments': ['Environments-2'],
                'phases.1.name': 'Production',
                'phases.1.automatic': ['Environments-3'],
                'phases.1.minimum': '1',
              })
        }
      />,
    ],
  ]
}
