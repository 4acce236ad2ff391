import { ApiKeysPage } from '../../ui/access/api-keys-page.tsx'
import { AppLinkPage } from '../../ui/access/app-link-page.tsx'
import { FirstRunPage, LinkUsedPage } from '../../ui/access/first-run-page.tsx'
import { SignInPage } from '../../ui/access/sign-in-page.tsx'
import type { FormState } from '../../ui/components/form.tsx'
import { links } from '../../ui/links.ts'
import { parse } from '../http/input.ts'
import {
  action,
  ownPath,
  type PageCall,
  type PublicPageCall,
  page,
  seeOther,
  themeCookie,
} from '../http/page.tsx'
import { fresh, orAgain } from '../http/portal-form.ts'
import { Problem } from '../http/problem.ts'
import { configurationPages } from './configuration-portal.tsx'
import { sessionCookieOf } from './cookies.ts'
import { requireOwnOrigin } from './cross-site.ts'
import { sha256Hex } from './digest.ts'
import { consumeSignInLink, signIn, signOut } from './sign-in.ts'
import { signInLinkWorks } from './sign-in-link.ts'
import { apiKeyInput } from './user.ts'
import { createApiKey, revokeApiKey } from './user-commands.ts'
import { listApiKeys } from './user-store.ts'

const DAY_MS = 86_400_000

const showSignIn = (call: PublicPageCall) =>
  call.principal.kind === 'user' ? seeOther(returnOf(call)) : signInPage(call, fresh())

const returnOf = ({ query }: PublicPageCall) => ownPath(query.text('returnTo') ?? '/')

const signInPage = (call: PublicPageCall, form: FormState) => (
  <SignInPage
    frame={{ ...call.frame, user: undefined }}
    form={form}
    returnTo={ownPath(call.form.text('returnTo') || returnOf(call))}
  />
)

const doSignIn = async (call: PublicPageCall) => {
  requireOwnOrigin(call.request, call.env)
  const earlier = sessionCookieOf(call.request, call.env)
  try {
    const { cookie } = await signIn(
      call,
      { username: call.form.text('username'), password: call.form.text('password') },
      earlier && (await sha256Hex(earlier.id.slice(0, 200))),
    )
    return withCookies(seeOther(ownPath(call.form.text('returnTo') || '/')), [cookie])
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return signInPage(call, {
      values: { username: call.form.text('username') },
      errors: { '': error.message },
    })
  }
}

const withCookies = (response: Response, cookies: string[]): Response => {
  for (const cookie of cookies) response.headers.append('set-cookie', cookie)
  return response
}

/** Only looks: opening a link must not use it up. */
const showLink = async (call: PublicPageCall) => {
  const token = call.params.token ?? ''
  const frame = { ...call.frame, user: undefined }
  return (await signInLinkWorks(call.db, token, call.now)) ? (
    <FirstRunPage frame={frame} token={token} form={fresh({ username: 'admin' })} />
  ) : (
    <LinkUsedPage frame={frame} />
  )
}

const useLink = async (call: PublicPageCall) => {
  requireOwnOrigin(call.request, call.env)
  const token = call.params.token ?? ''
  const frame = { ...call.frame, user: undefined }
  const password = call.form.text('password')
  const account = password ? { username: call.form.text('username'), password } : undefined
  try {
    const { cookie } = await consumeSignInLink(call, token, account)
    return withCookies(seeOther('/'), [cookie])
  } catch (error) {
    if (error instanceof Problem && error.code === 'unauthenticated')
      return <LinkUsedPage frame={frame} />
    if (!(error instanceof Problem)) throw error
    const { fields } = error.detail
    return (
      <FirstRunPage
        frame={frame}
        token={token}
        form={{
          values: { username: call.form.text('username') },
          errors: fields ?? { '': error.message },
        }}
      />
    )
  }
}

const keys = async (
  call: PageCall,
  form: FormState,
  created?: { key: string; purpose: string },
) => {
  const rows = await listApiKeys(call.db, call.principal.id)
  return (
    <ApiKeysPage
      frame={call.frame}
      form={form}
      created={created}
      keys={rows.map(row => ({
        id: row.id,
        purpose: row.purpose,
        hint: row.hint,
        createdAt: row.createdAt,
        expiresAt: row.expiresAt ?? undefined,
        lastUsedAt: row.lastUsedAt ?? undefined,
      }))}
    />
  )
}

/** Shown in the answer itself: after a redirect the key would have to be kept somewhere. */
const createKey = (call: PageCall) =>
  orAgain(
    call.form,
    async () => {
      const days = Number(call.form.text('expiry'))
      const input = parse(apiKeyInput, {
        Purpose: call.form.text('purpose'),
        Expires: days > 0 ? new Date(call.now + days * DAY_MS).toISOString() : null,
      })
      const { key, row } = await createApiKey(call, call.principal.id, input)
      const shown = await keys(call, fresh(), { key, purpose: row.purpose })
      return new Response(`<!doctype html>${await shown}`, {
        headers: { 'content-type': 'text/html; charset=utf-8' },
      })
    },
    form => keys(call, form),
    { Purpose: 'purpose', Expires: 'expiry' },
  )

const deleteKey = async (call: PageCall) => {
  await revokeApiKey(call, call.principal.id, call.params.id ?? '')
  return seeOther(links.apiKeys, { kind: 'success', message: 'The key was deleted.' })
}

export const accessPages = [
  page({
    path: '/app',
    permission: 'public',
    handler: ({ frame }) => <AppLinkPage frame={{ ...frame, user: undefined }} />,
  }),
  page({ path: '/sign-in', permission: 'public', handler: showSignIn }),
  action({ path: '/sign-in', permission: 'public', handler: doSignIn }),
  page({ path: '/sign-in/{token}', permission: 'public', handler: showLink }),
  action({ path: '/sign-in/{token}', permission: 'public', handler: useLink }),
  action({
    path: '/sign-out',
    permission: 'signed-in',
    handler: async call => withCookies(seeOther('/sign-in'), await signOut(call)),
  }),
  action({
    path: '/theme',
    permission: 'public',
    handler: call =>
      withCookies(seeOther(call.form.text('returnTo')), [themeCookie(call.form.text('theme'))]),
  }),
  page({
    path: '/account/api-keys',
    permission: 'signed-in',
    handler: call => keys(call, fresh()),
  }),
  action({ path: '/account/api-keys', permission: 'signed-in', handler: createKey }),
  action({ path: '/account/api-keys/{id}/delete', permission: 'signed-in', handler: deleteKey }),
  ...configurationPages,
]
