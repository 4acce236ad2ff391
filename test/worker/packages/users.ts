import { sha256Hex } from '../../../worker/access/digest.ts'
import type { TestServer } from '../../support/server.ts'

/** Ben, who may not. */
export const BEN_KEY = 'API-BENBENBENBENBENBENBENBENBENBENBE'
/** A build server: it pushes what is new and replaces nothing. */
export const BUILDER_KEY = 'API-BUILDBUILDBUILDBUILDBUILDBUILDBU'

export const addUsers = async (server: Pick<TestServer, 'rows'>): Promise<void> => {
  for (const [id, key] of [
    ['Users-91', BEN_KEY],
    ['Users-92', BUILDER_KEY],
  ] as const) {
    await server.rows(
      'INSERT INTO users (id, username, display_name, created_at) VALUES (?, ?, ?, 0)',
      id,
      id,
      id,
    )
    await server.rows(
      'INSERT INTO api_keys (id, user_id, purpose, key_hash, hint, created_at) VALUES (?, ?, ?, ?, ?, 0)',
      `APIKeys-${id}`,
      id,
      'test',
      await sha256Hex(key),
      'API-',
    )
  }
  await server.rows(
    `INSERT INTO teams (id, space_id, name) VALUES ('Teams-92', 'Spaces-1', 'Builders')`,
  )
  await server.rows(`INSERT INTO team_members (team_id, user_id) VALUES ('Teams-92', 'Users-92')`)
  await server.rows(
    `INSERT INTO role_grants (id, team_id, role_id, space_id)
     VALUES ('ScopedUserRoles-92', 'Teams-92', 'userroles-buildserver', 'Spaces-1')`,
  )
}
