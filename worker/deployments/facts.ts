import { sql } from 'drizzle-orm'
import * as z from 'zod'
import { change, changeVariables, type Known } from './changes.ts'
import { type Entries, instant } from './system-variables.ts'

const release = z.tuple([z.string(), z.string()]).nullable()

/** What a deployment is told of its own past, as one text from libSQL beside everything else. */
const facts = z.object({
  previous: release,
  here: release.default(null),
  user: z.tuple([z.string(), z.string(), z.string()]).nullable(),
  expiresAt: z.number().nullable(),
  changes: z.array(change),
})

/** So many releases are listed as what a deployment changes, and of each build so much. */
const MAX_CHANGES = 100
const MAX_NOTES = 100_000
const MAX_COMMITS = 100
const MAX_COMMENT = 500

/** Whether a version has a label, by its text alone. */
const isPrerelease = (of: string) =>
  sql.raw(`instr(substr(${of}.version, 1, instr(${of}.version || '+', '+') - 1), '-') > 0`)

/** What the builds of the packages of `passed` told; the newest commits of each. */
const BUILDS = sql`(SELECT json_group_array(json_object('packageId', told.package_id, 'version', told.version,
    'build', json_set(told.document, '$.Commits', json((
      SELECT json_group_array(json_object('Id', each.value ->> '$.Id',
        'Comment', substr(each.value ->> '$.Comment', 1, ${MAX_COMMENT})))
      FROM (SELECT value FROM json_each(told.document, '$.Commits') LIMIT ${MAX_COMMITS}) AS each)))))
  FROM json_each(passed.selected_packages) AS taken
    JOIN build_information AS told ON told.space_id = passed.space_id
      AND told.package_id = taken.value ->> '$.PackageId'
      AND (told.version = taken.value ->> '$.Version' OR told.normalized_version IN (
        SELECT normalized_version FROM packages AS held WHERE held.space_id = passed.space_id
          AND held.package_id = told.package_id AND held.version = taken.value ->> '$.Version')))`

/** A query for a column; the tables are those of `selectDeployment`. Changes are the releases after
 *  the one that last succeeded in the environment, of the same channel, up to this one; pre-releases
 *  are work in progress: one brings only itself, and a release brings none of them. */
export const FACTS = sql`json_object(
  'previous', (SELECT json_array(id, version) FROM releases AS before
    WHERE before.project_id = r.project_id AND before.sequence < r.sequence ORDER BY before.sequence DESC LIMIT 1),
  'here', (SELECT json_array(last.id, last.version) FROM deployments AS made
      JOIN tasks AS done ON done.id = made.task_id JOIN releases AS last ON last.id = made.release_id
    WHERE made.project_id = d.project_id AND made.environment_id = d.environment_id
      AND made.number < d.number AND done.started_at IS NOT NULL
    ORDER BY made.number DESC LIMIT 1),
  'user', (SELECT json_array(username, display_name, email) FROM users WHERE users.id = d.deployed_by_id),
  'expiresAt', t.expires_at,
  'changes', json((SELECT json_group_array(json_object('version', version, 'notes', substr(notes, 1, ${MAX_NOTES}),
      'builds', json(${BUILDS})))
    FROM (SELECT version, notes, space_id, selected_packages FROM releases AS passed
      WHERE passed.project_id = r.project_id AND passed.channel_id = r.channel_id AND passed.sequence <= r.sequence
        AND CASE WHEN ${isPrerelease('r')} THEN passed.id = r.id ELSE NOT (${isPrerelease('passed')})
          AND passed.sequence > coalesce((SELECT sequence FROM releases WHERE id = b.success_release_id), r.sequence - 1) END
      ORDER BY passed.sequence DESC LIMIT ${MAX_CHANGES}) AS passed))) AS facts`

type Told = {
  deploymentId: string
  /** The project's template for what its deployments change. */
  template: string | null | undefined
  /** What the template may use besides the changes. */
  known: Known
}

/** System variables that only the database knows. */
export const factVariables = (text: string, { deploymentId, template, known }: Told): Entries => {
  const { previous, here, user, expiresAt, changes } = facts.parse(JSON.parse(text))
  const entries: Entries = [['Octopus.Task.Argument[DeploymentId]', deploymentId]]
  if (previous)
    entries.push(
      ['Octopus.Release.Previous.Id', previous[0]],
      ['Octopus.Release.Previous.Number', previous[1]],
    )
  if (here)
    entries.push(
      ['Octopus.Release.PreviousForEnvironment.Id', here[0]],
      ['Octopus.Release.PreviousForEnvironment.Number', here[1]],
    )
  if (user)
    entries.push(
      ['Octopus.Deployment.CreatedBy.Username', user[0]],
      ['Octopus.Deployment.CreatedBy.DisplayName', user[1]],
      ['Octopus.Deployment.CreatedBy.EmailAddress', user[2]],
    )
  if (expiresAt !== null) entries.push(['Octopus.Task.QueueTimeExpiry', instant(expiresAt)])
  return [...entries, ...changeVariables(changes, template, known)]
}
