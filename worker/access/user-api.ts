import * as z from 'zod'
import type { AnyPrincipalCall, Call } from '../http/call.ts'
import { collection, pageOf } from '../http/paging.ts'
import { notFound } from '../http/problem.ts'
import { created, nothing, type Route, route } from '../http/route.ts'
import { isoTime, isoTimeOrNull } from '../http/values.ts'
import { permits } from './authorization.ts'
import { setClientCookies } from './cookies.ts'
import { isOwnOrigin, requireOwnOrigin } from './cross-site.ts'
import { effectivePermissions } from './effective-permissions.ts'
import { SESSION_MS } from './session.ts'
import { signIn, signOut } from './sign-in.ts'
import { spaceResources } from './space-api.ts'
import { listSpaces } from './space-store.ts'
import { teamResource } from './team-api.ts'
import { apiKeyInput, userInput, userResource } from './user.ts'
import {
  createAccessToken,
  createApiKey,
  createUser,
  modifyUser,
  ownOrAdministered,
  revokeApiKey,
} from './user-commands.ts'
import {
  type ApiKeyRow,
  getApiKey,
  getUser,
  grantsOf,
  listApiKeys,
  listUsers,
  teamsOf,
} from './user-store.ts'

const system = { area: 'system' } as const

const apiKeyResource = (row: ApiKeyRow) => ({
  Id: row.id,
  UserId: row.userId,
  Purpose: row.purpose,
  ApiKey: { HasValue: true, NewValue: null, Hint: row.hint },
  Created: isoTime(row.createdAt),
  Expires: isoTimeOrNull(row.expiresAt),
  LastUsed: isoTimeOrNull(row.lastUsedAt),
  Links: { Self: `/api/users/${row.userId}/apikeys/${row.id}` },
})

/** Oneself always; others with UserView. Without it nobody learns who there is. */
const visibleUser = async (call: Call) => {
  const id = call.params.id ?? ''
  const isSelf = id.toLowerCase() === call.principal.id.toLowerCase()
  if (!isSelf && !permits(call.principal, 'UserView', {})) throw notFound(id)
  return getUser(call.db, id)
}

const login = async (call: AnyPrincipalCall<z.output<typeof credentials>>) => {
  const origin = call.request.headers.get('origin')
  if (origin !== null && !isOwnOrigin(origin, call.env)) requireOwnOrigin(call.request, call.env)
  const { Username, Password } = call.body
  const { userId, session } = await signIn(call, { username: Username, password: Password })
  const response = Response.json(userResource(await getUser(call.db, userId), userId))
  for (const cookie of setClientCookies(call.env, session, SESSION_MS))
    response.headers.append('set-cookie', cookie)
  return response
}

const credentials = z.object({
  Username: z.string({ error: 'Send a Username.' }).min(1, 'Send a Username.').max(200),
  Password: z.string({ error: 'Send a Password.' }).min(1, 'Send a Password.').max(1_000),
})

export const userRoutes: Route[] = [
  route({
    ...system,
    method: 'POST',
    path: '/users/login',
    permission: 'public',
    schema: credentials,
    bodyBytes: 8_192,
    summary: 'Sign in by name and password; the session comes as a cookie',
    handler: login,
  }),
  route({
    ...system,
    method: 'POST',
    path: '/users/logout',
    permission: 'signed-in',
    summary: 'End this session',
    handler: async call => {
      const response = nothing()
      for (const cookie of await signOut(call)) response.headers.append('set-cookie', cookie)
      return response
    },
  }),
  route({
    ...system,
    method: 'POST',
    path: '/users/access-token',
    permission: 'signed-in',
    summary: 'A short-lived access token for yourself, for Authorization: Bearer',
    handler: async call => {
      const { token, expiresInSeconds } = await createAccessToken(call)
      return Response.json({
        access_token: token,
        token_type: 'Bearer',
        issued_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        expires_in: expiresInSeconds,
      })
    },
  }),
  route({
    ...system,
    method: 'GET',
    path: '/users/me',
    permission: 'signed-in',
    summary: 'Who you are',
    handler: async call =>
      userResource(await getUser(call.db, call.principal.id), call.principal.id),
  }),
  route({
    ...system,
    method: 'GET',
    path: '/users',
    permission: 'UserView',
    summary: 'List users by name',
    handler: async call => {
      const page = pageOf(call.query)
      const { rows, total } = await listUsers(call.db, filterOf(call), page)
      const items = rows.map(row => userResource(row, call.principal.id))
      return collection('User', items, total, page, call.request.url)
    },
  }),
  route({
    ...system,
    method: 'POST',
    path: '/users',
    permission: 'UserEdit',
    schema: userInput,
    summary: 'Create a user or a service account',
    handler: async call =>
      created(userResource(await createUser(call, call.body), call.principal.id)),
  }),
  route({
    ...system,
    method: 'GET',
    path: '/users/all',
    permission: 'UserView',
    summary: 'All users by name',
    handler: async call => {
      const { rows } = await listUsers(call.db, filterOf(call), { skip: 0, take: 10_000 })
      return rows.map(row => userResource(row, call.principal.id))
    },
  }),
  route({
    ...system,
    method: 'GET',
    path: '/users/{id}',
    permission: 'signed-in',
    summary: 'Get a user',
    handler: async call => userResource(await visibleUser(call), call.principal.id),
  }),
  route({
    ...system,
    method: 'PUT',
    path: '/users/{id}',
    permission: 'signed-in',
    schema: userInput,
    summary: 'Change a user; a new password ends all sessions',
    handler: async call =>
      userResource(await modifyUser(call, call.params.id ?? '', call.body), call.principal.id),
  }),
  route({
    ...system,
    method: 'GET',
    path: '/users/{id}/apikeys',
    permission: 'signed-in',
    summary: "List a user's API keys, newest first; never their text",
    handler: async call => {
      const page = pageOf(call.query)
      const user = await ownOrAdministered(call, call.params.id ?? '')
      const rows = await listApiKeys(call.db, user.id)
      const items = rows.slice(page.skip, page.skip + page.take).map(apiKeyResource)
      return collection('ApiKey', items, rows.length, page, call.request.url)
    },
  }),
  route({
    ...system,
    method: 'POST',
    path: '/users/{id}/apikeys',
    permission: 'signed-in',
    schema: apiKeyInput,
    summary: 'Create an API key; its text is shown this once',
    handler: async call => {
      const { key, row } = await createApiKey(call, call.params.id ?? '', call.body)
      return created({ ...apiKeyResource(row), ApiKey: key })
    },
  }),
  route({
    ...system,
    method: 'GET',
    path: '/users/{id}/apikeys/{keyId}',
    permission: 'signed-in',
    summary: 'Get an API key, without its text',
    handler: async call => {
      const user = await ownOrAdministered(call, call.params.id ?? '')
      return apiKeyResource(await getApiKey(call.db, user.id, call.params.keyId ?? ''))
    },
  }),
  route({
    ...system,
    method: 'DELETE',
    path: '/users/{id}/apikeys/{keyId}',
    permission: 'signed-in',
    summary: 'Revoke an API key',
    handler: async call => {
      await revokeApiKey(call, call.params.id ?? '', call.params.keyId ?? '')
      return nothing()
    },
  }),
  route({
    ...system,
    method: 'GET',
    path: '/users/{id}/spaces',
    permission: 'signed-in',
    summary: 'The spaces a user has a role in',
    handler: async call => {
      const user = await visibleUser(call)
      const grants = await grantsOf(call.db, user.id)
      const rows = (await listSpaces(call.db)).filter(({ id }) =>
        grants.some(({ spaceId }) => spaceId === null || spaceId === id),
      )
      return spaceResources(call, rows)
    },
  }),
  route({
    ...system,
    method: 'GET',
    path: '/users/{id}/teams',
    permission: 'signed-in',
    summary: 'The teams a user is in',
    handler: async call => {
      const user = await visibleUser(call)
      return (await teamsOf(call.db, user.id)).map(teamResource)
    },
  }),
  ...['/users/{id}/permissions', '/users/{id}/permissions/configuration'].map(path =>
    route({
      ...system,
      method: 'GET',
      path,
      permission: 'signed-in',
      summary: 'What a user may do, and where',
      handler: async call => {
        const user = await visibleUser(call)
        const [grants, teams] = await Promise.all([
          grantsOf(call.db, user.id),
          teamsOf(call.db, user.id),
        ])
        return effectivePermissions(user.id, grants, teams)
      },
    }),
  ),
]

const filterOf = ({ query }: Call) => ({
  ids: query.list('ids'),
  filter: query.text('filter') ?? query.text('partialName'),
})
