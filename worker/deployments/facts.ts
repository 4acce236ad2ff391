import { sql } from 'drizzle-orm'
import * as z from 'zod'
import type { Entries } from './system-variables.ts'

/** What a deployment is told of its own past, as one text from libSQL beside everything else. */
const facts = z.object({
  previous: z.tuple([z.string(), z.string()]).nullable(),
  user: z.tuple([z.string(), z.string(), z.string()]).nullable(),
  expiresAt: z.number().nullable(),
  changes: z.array(z.object({ version: z.string(), notes: z.string() })),
})

/** So many releases are listed as what a deployment changes. */
const MAX_CHANGES = 100
const MAX_NOTES = 100_000

/** A query for a column; the tables are those of `selectDeployment`. Changes are the releases after
 *  the one that last succeeded in the environment, of the same channel, up to this one. */
export const FACTS = sql`json_object(
  'previous', (SELECT json_array(id, version) FROM releases AS before
    WHERE before.project_id = r.project_id AND before.sequence < r.sequence ORDER BY before.sequence DESC LIMIT 1),
  'user', (SELECT json_array(username, display_name, email) FROM users WHERE users.id = d.deployed_by_id),
  'expiresAt', t.expires_at,
  'changes', json((SELECT json_group_array(json_object('version', version, 'notes', substr(notes, 1, ${MAX_NOTES})))
    FROM (SELECT version, notes FROM releases AS passed
      WHERE passed.project_id = r.project_id AND passed.channel_id = r.channel_id AND passed.sequence <= r.sequence
        AND passed.sequence > coalesce((SELECT sequence FROM releases WHERE id = b.success_release_id), r.sequence - 1)
      ORDER BY passed.sequence DESC LIMIT ${MAX_CHANGES})))) AS facts`

const instant = (at: number) => new Date(at).toISOString().replace('Z', '+00:00')

/** System variables that only the database knows. */
export const factVariables = (text: string, deploymentId: string): Entries => {
  const { previous, user, expiresAt, changes } = facts.parse(JSON.parse(text))
  const entries: Entries = [['Octopus.Task.Argument[DeploymentId]', deploymentId]]
  if (previous)
    entries.push(
      ['Octopus.Release.Previous.Id', previous[0]],
      ['Octopus.Release.Previous.Number', previous[1]],
    )
  if (user)
    entries.push(
      ['Octopus.Deployment.CreatedBy.Username', user[0]],
      ['Octopus.Deployment.CreatedBy.DisplayName', user[1]],
      ['Octopus.Deployment.CreatedBy.EmailAddress', user[2]],
    )
  if (expiresAt !== null) entries.push(['Octopus.Task.QueueTimeExpiry', instant(expiresAt)])
  entries.push(
    ['Octopus.Deployment.Changes', JSON.stringify(changes.map(changeDocument))],
    ['Octopus.Deployment.ChangesMarkdown', changes.map(changeText).join('\n\n')],
  )
  return entries
}

type Change = z.infer<typeof facts>['changes'][number]

const changeDocument = ({ version, notes }: Change) => ({
  Version: version,
  ReleaseNotes: notes,
  BuildInformation: [],
  WorkItems: [],
  Commits: [],
})

const changeText = ({ version, notes }: Change) =>
  notes.trim() === '' ? `### ${version}` : `### ${version}\n${notes.trim()}`
