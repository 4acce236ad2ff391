import type { Child } from 'hono/jsx'
import { ChannelPage } from '../../../../ui/channels/channel-page.tsx'
import { ChannelsPage } from '../../../../ui/channels/channels-page.tsx'
import { filled } from '../../../../ui/components/form.tsx'
import { HOUR, type Kit, NOW } from '../kit.ts'

const tried = {
  publishedAt: NOW - 30 * HOUR,
  inRange: true,
  hasTag: true,
  hasPattern: true,
  isTaken: true,
  isNewest: false,
}

export const channelPages = (kit: Kit): [string, Child][] => {
  const { isLong, isEmpty, text, some, name, frame, project, version, wrong } = kit
  const pair = JSON.stringify(['Deploy web', ''])
  return [
    [
      'channels',
      <ChannelsPage
        frame={frame('/projects/Projects-1/channels')}
        project={project}
        channels={[
          {
            id: 'Channels-1',
            name: name('Default'),
            description: '',
            isDefault: true,
            rules: [],
            releaseCount: isEmpty ? 0 : 12,
          },
          ...some([
            {
              id: 'Channels-2',
              name: name('Hotfix'),
              description: text('Straight to production.'),
              isDefault: false,
              lifecycle: name('Quick'),
              rules: [text('[1.0,2.0), tag ^$ for Deploy web'), text('any version for Deploy api')],
              releaseCount: 1,
            },
          ]),
        ]}
      />,
    ],
    [
      'channel',
      <ChannelPage
        frame={frame('/projects/Projects-1/channels/Channels-2')}
        project={project}
        channel={
          isEmpty ? undefined : { id: 'Channels-2', name: name('Hotfix'), isDefault: isLong }
        }
        form={
          isLong
            ? wrong
            : filled(
                isEmpty
                  ? {}
                  : {
                      name: 'Hotfix',
                      'rule-0-id': 'r',
                      'rule-0-range': '[1.0,2.0)',
                      'rule-0-tag': '^$',
                      'rule-0-packages': [pair],
                      'rule-1-id': 's',
                      'rule-1-strategy': 'MostRecentlyPublished',
                      'rule-1-pattern': '^main-',
                    },
              )
        }
        lifecycles={some([{ value: 'Lifecycles-1', label: name('Quick') }])}
        packages={some([
          { value: pair, label: name('Deploy web'), hint: name('Shop.Web') },
          {
            value: JSON.stringify(['Deploy api', '']),
            label: name('Deploy api'),
            hint: 'Shop.Api',
          },
        ])}
        trials={
          isEmpty
            ? [undefined]
            : [
                {
                  strategy: 'SemVer',
                  problems: isLong ? [text("'[1' is no version range.")] : [],
                  packages: [
                    {
                      packageId: name('Shop.Web'),
                      versions: [
                        { ...tried, version: '2.0.0', inRange: false, isTaken: false },
                        { ...tried, version: '2.0.0-alpha', hasTag: false, isTaken: false },
                        { ...tried, version, isNewest: true },
                      ],
                    },
                    { packageId: name('Shop.Api'), versions: [] },
                  ],
                },
                {
                  strategy: 'MostRecentlyPublished',
                  problems: [],
                  packages: [
                    {
                      packageId: name('Shop.Api'),
                      versions: [
                        { ...tried, version: '1.0.0-main-7', isNewest: true },
                        { ...tried, version: '2.0.0', hasPattern: false, isTaken: false },
                      ],
                    },
                  ],
                },
                { strategy: 'SemVer', problems: [], packages: [] },
              ]
        }
        mayEdit
      />,
    ],
  ]
}
