import { and, eq, sql } from 'drizzle-orm'
import * as z from 'zod'
import { record } from '../audit/record.ts'
import { commit, type Database, type Write } from '../database/client.ts'
import { isUniqueViolation } from '../database/guard.ts'
import { nextId } from '../database/ids.ts'
import { counters } from '../database/schema.ts'
import type { AnyPrincipalCall } from '../http/call.ts'
import { Problem } from '../http/problem.ts'
import { type Route, route } from '../http/route.ts'
import { API_KEY, generateApiKey, hintOf } from './api-key.ts'
import { equalSecrets, sha256Hex } from './digest.ts'
import type { User } from './principal.ts'
import { apiKeys, roleGrants, teamMembers, teams, users } from './schema.ts'
import { newSignInLink } from './sign-in-link.ts'
import { createSpace, findSpace } from './space-store.ts'

const ADMINISTRATOR = 'Users-1'
const DEFAULT_SPACE = 'Spaces-1'

const request = z
  .object({
    adminApiKey: z
      .string()
      .regex(API_KEY, 'must be API- followed by capital letters and digits')
      .nullish(),
  })
  .default({})

/** The host itself, in the audit record. */
const HOST: User = {
  kind: 'user',
  id: 'users-system',
  username: 'system',
  displayName: 'System',
  email: '',
  isService: true,
  grants: [],
  establishedWith: 'Host',
}

/**
 * Called by the host at every start. The first call makes the default space, the built-in teams and
 * the administrator; later ones find them. Each answers a fresh one-time sign-in link.
 * `apiKey` is the given one, a new one on the very first run, else null.
 */
const bootstrap = async (
  call: AnyPrincipalCall<z.output<typeof request>>,
): Promise<{ apiKey: string | null; signInPath: string }> => {
  const { env, db, now, origin } = call
  await requireHost(call.request, env.INTERNAL_SECRET)
  const isFirst = await ensureInstallation(call)
  const apiKey = call.body.adminApiKey ?? (isFirst ? generateApiKey() : null)
  const link = await newSignInLink(db, ADMINISTRATOR, now)
  const keyWrites = apiKey ? await keepKey(db, apiKey, now) : []
  await commit(db, [
    ...link.writes,
    ...keyWrites,
    ...(keyWrites.length > 0
      ? record(
          db,
          { principal: HOST, origin, now },
          {
            spaceId: null,
            category: 'Created',
            message: `API key ${hintOf(apiKey ?? '')} of admin was made at start`,
            documentIds: [ADMINISTRATOR],
          },
        )
      : []),
  ])
  return { apiKey, signInPath: link.path }
}

const requireHost = async (request: Request, secret: string | undefined): Promise<void> => {
  const given = request.headers.get('x-slipway-internal') ?? ''
  if (secret && (await equalSecrets(given, secret))) return
  throw new Problem('forbidden', 'Only the host of this server may call this.')
}

/** True when this call made the installation; of two at the same time only one is told so. */
const ensureInstallation = async (call: AnyPrincipalCall): Promise<boolean> => {
  const { env, db, now, origin } = call
  if (await findSpace(db, DEFAULT_SPACE)) return false
  const space = {
    id: DEFAULT_SPACE,
    name: 'Default',
    slug: 'default',
    description: '',
    isDefault: true,
  }
  try {
    await commit(db, [
      ...startCounting(db),
      ...administrators(db, now),
      ...(await createSpace(env, db, space, { userIds: [ADMINISTRATOR] }, now)),
      ...record(
        db,
        { principal: HOST, origin, now },
        {
          spaceId: DEFAULT_SPACE,
          category: 'Created',
          message: 'Space Default was made at the first start',
          documentIds: [DEFAULT_SPACE, ADMINISTRATOR],
        },
      ),
    ])
    return true
  } catch (error) {
    if (isUniqueViolation(error)) return false
    throw error
  }
}

/** The first space and the first user have fixed ids; the numbers after them go on from there. */
const startCounting = (db: Database): Write[] =>
  ['Spaces', 'Users'].map(prefix =>
    db
      .insert(counters)
      .values({ prefix, last: 1 })
      .onConflictDoUpdate({
        target: counters.prefix,
        set: { last: sql`max(${counters.last}, 1)` },
      }),
  )

const TEAMS = [
  { id: 'teams-administrators', name: 'Administrators', roleId: 'userroles-systemadministrator' },
  { id: 'teams-managers', name: 'Managers', roleId: 'userroles-systemmanager' },
  { id: 'teams-everyone', name: 'Everyone', roleId: undefined },
]

const administrators = (db: Database, now: number): Write[] => [
  db.insert(users).values({
    id: ADMINISTRATOR,
    username: 'admin',
    displayName: 'Administrator',
    createdAt: now,
  }),
  ...TEAMS.flatMap(({ id, name, roleId }) => [
    db.insert(teams).values({ id, spaceId: null, name, isBuiltIn: true }),
    ...(roleId
      ? [db.insert(roleGrants).values({ id: `grant-${id}`, teamId: id, roleId, spaceId: null })]
      : []),
  ]),
  db.insert(teamMembers).values({ teamId: 'teams-administrators', userId: ADMINISTRATOR }),
]

const keepKey = async (db: Database, key: string, now: number): Promise<Write[]> => {
  const keyHash = await sha256Hex(key)
  const [known] = await db
    .select({ id: apiKeys.id })
    .from(apiKeys)
    .where(and(eq(apiKeys.keyHash, keyHash)))
  if (known) return []
  return [
    db.insert(apiKeys).values({
      id: await nextId(db, 'APIKeys'),
      userId: ADMINISTRATOR,
      purpose: 'Made at start',
      keyHash,
      hint: hintOf(key),
      createdAt: now,
    }),
  ]
}

export const bootstrapRoutes: Route[] = [
  route({
    method: 'POST',
    area: 'root',
    path: '/internal/bootstrap',
    permission: 'public',
    schema: request,
    bodyBytes: 4_096,
    summary: 'Makes or finds the installation; for the host only',
    handler: bootstrap,
  }),
]
