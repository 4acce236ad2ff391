import { sha256Hex } from '../../worker/access/digest.ts'
import type { TestDatabase } from './database.ts'

export type Grant = {
  role: string
  /** null: in every space. */
  space?: string | null
  projects?: string[]
  environments?: string[]
}

/** A user with an API key who holds the roles; answers the key. */
export const addUser = async (
  { rows }: Pick<TestDatabase, 'rows'>,
  name: string,
  grants: Grant[],
): Promise<string> => {
  const id = `Users-${name}`
  const key = `API-${name.toUpperCase()}${'A'.repeat(28)}`
  const team = `teams-of-${name}`
  await rows(
    'INSERT INTO users (id, username, display_name, created_at) VALUES (?, ?, ?, 0)',
    id,
    name,
    name,
  )
  await rows(
    'INSERT INTO api_keys (id, user_id, purpose, key_hash, hint, created_at) VALUES (?, ?, ?, ?, ?, 0)',
    `APIKeys-${name}`,
    id,
    'test',
    await sha256Hex(key),
    'API-…',
  )
  await rows('INSERT INTO teams (id, space_id, name) VALUES (?, NULL, ?)', team, team)
  await rows('INSERT INTO team_members (team_id, user_id) VALUES (?, ?)', team, id)
  for (const [
    at,
    { role, space = 'Spaces-1', projects = [], environments = [] },
  ] of grants.entries())
    await rows(
      'INSERT INTO role_grants (id, team_id, role_id, space_id, project_ids, environment_ids) VALUES (?, ?, ?, ?, ?, ?)',
      `${team}-${at}`,
      team,
      `userroles-${role}`,
      space,
      JSON.stringify(projects),
      JSON.stringify(environments),
    )
  return key
}

/** Ada may deploy, Ben may only look. */
export const addAda = (database: Pick<TestDatabase, 'rows'>) =>
  addUser(database, 'ada', [{ role: 'projectdeployer' }])
export const addBen = (database: Pick<TestDatabase, 'rows'>) =>
  addUser(database, 'ben', [{ role: 'projectviewer' }])
