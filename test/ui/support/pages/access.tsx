import type { Child } from 'hono/jsx'
import { ApiKeysPage } from '../../../../ui/access/api-keys-page.tsx'
import { AppLinkPage } from '../../../../ui/access/app-link-page.tsx'
import { FirstRunPage, LinkUsedPage } from '../../../../ui/access/first-run-page.tsx'
import { SignInPage } from '../../../../ui/access/sign-in-page.tsx'
import { ConfirmPage } from '../../../../ui/components/confirm-page.tsx'
import { filled } from '../../../../ui/components/form.tsx'
import { ProblemPage } from '../../../../ui/components/problem-page.tsx'
import { ConfigurationPage } from '../../../../ui/configuration/configuration-page.tsx'
import { links } from '../../../../ui/links.ts'
import { SearchPage } from '../../../../ui/search/search-page.tsx'
import { HOUR, type Kit, MINUTE, NOW } from '../kit.ts'

export const accessPages = (kit: Kit): [string, Child][] => {
  const { isLong, text, some, name, frame } = kit
  return [
    [
      'sign-in',
      <SignInPage
        frame={{ ...frame('/sign-in'), user: undefined }}
        form={
          isLong
            ? {
                values: { username: text('ada') },
                errors: {
                  '': 'Username or password is wrong. After ten attempts you have to wait a minute.',
                },
              }
            : filled()
        }
        returnTo="/projects"
      />,
    ],
    [
      'first-run',
      <FirstRunPage
        frame={{ ...frame('/sign-in/x'), user: undefined }}
        token="token"
        form={
          isLong
            ? {
                values: { username: 'ada' },
                errors: { password: 'A password has at least 12 characters; this one has 5.' },
              }
            : filled({ username: 'admin' })
        }
      />,
    ],
    ['app-link', <AppLinkPage frame={{ ...frame('/app'), user: undefined }} />],
    ['link-used', <LinkUsedPage frame={{ ...frame('/sign-in/x'), user: undefined }} />],
    [
      'problem',
      <ProblemPage
        frame={frame('/projects/x')}
        status={404}
        message={text('There is no project Projects-99 in this space.')}
        requestId="8f3a91c2"
      />,
    ],
    [
      'confirm',
      <ConfirmPage
        frame={frame('/x')}
        section="infrastructure"
        crumbs={[{ href: '/infrastructure/targets', title: 'Targets' }]}
        title={`Delete target ${name('web-1')}?`}
        consequence="Its runner can no longer sign in. What it deployed stays on the machine."
        verb="Delete target"
        action="/x"
        back="/infrastructure/targets"
      />,
    ],
    [
      'api-keys',
      <ApiKeysPage
        frame={frame('/account/api-keys')}
        keys={some([
          {
            id: 'apikeys-1',
            purpose: text('Build server'),
            hint: 'API-7QX…',
            createdAt: NOW - 40 * 24 * HOUR,
            lastUsedAt: NOW - 4 * MINUTE,
          },
          {
            id: 'apikeys-2',
            purpose: text('Ada’s laptop'),
            hint: 'API-K91…',
            createdAt: NOW - 3 * HOUR,
            expiresAt: NOW + 30 * 24 * HOUR,
          },
        ])}
        form={filled()}
        created={
          isLong
            ? { key: 'API-7QX2K9MPLQ4ZT8WVN3HC6RBD1YFJS5A', purpose: text('Build server') }
            : undefined
        }
      />,
    ],
    [
      'configuration',
      <ConfigurationPage
        frame={frame('/configuration')}
        server={[
          { name: 'Version', value: '0.1.0' },
          { name: 'Address', value: 'http://127.0.0.1:8787' },
          { name: 'Hosted', value: 'on this machine' },
        ]}
        users={[
          { username: text('ada'), displayName: name('Ada'), isActive: true, isService: false },
          { username: 'build', displayName: name('Build server'), isActive: true, isService: true },
        ]}
        events={some([
          {
            at: NOW - 4 * MINUTE,
            username: name('Ada'),
            message: text('Deployed Shop 1.4.2 to Test'),
          },
          { at: NOW - 4 * HOUR, username: name('Ada'), message: text('Changed variables of Shop') },
        ])}
      />,
    ],
    [
      'search',
      <SearchPage
        frame={frame('/search?q=shop')}
        query={text('shop')}
        results={some([
          {
            href: links.project('Projects-1'),
            title: name('Shop'),
            detail: 'Project',
            icon: 'projects' as const,
          },
          {
            href: links.target('Machines-1'),
            title: name('shop-web-1'),
            detail: 'Target',
            icon: 'target' as const,
          },
        ])}
      />,
    ],
  ]
}
