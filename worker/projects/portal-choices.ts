import { asc, eq } from 'drizzle-orm'
import type { Option } from '../../ui/components/fields.tsx'
import { listTeams } from '../access/user-store.ts'
import type { PageCall } from '../http/page.tsx'
import { workerPools } from '../infrastructure/schema.ts'
import { listEnvironments } from '../infrastructure/store.ts'
import { listTags } from '../infrastructure/target-store.ts'
import { listPackages } from '../packages/store.ts'
import { channels } from './schema.ts'
import type { ProcessNames } from './step-notes.ts'

const option = ({ id, name }: { id: string; name: string }): Option => ({ value: id, label: name })

/** What the fields of a step can be chosen from. */
export const stepChoices = async ({ db, space }: PageCall, projectId: string) => {
  const [environments, tags, packages, pools, ownChannels, teams] = await Promise.all([
    listEnvironments(db, space.id),
    listTags(db, space.id),
    listPackages(db, space.id, { latestOnly: true }, { skip: 0, take: 100 }),
    db
      .select({ id: workerPools.id, name: workerPools.name })
      .from(workerPools)
      .where(eq(workerPools.spaceId, space.id))
      .orderBy(asc(workerPools.name))
      .limit(500),
    db
      .select({ id: channels.id, name: channels.name })
      .from(channels)
      .where(eq(channels.projectId, projectId))
      .orderBy(asc(channels.name))
      .limit(500),
    listTeams(db),
  ])
  return {
    environments: environments.map(option),
    channels: ownChannels.map(option),
    pools: pools.map(option),
    teams: teams
      .filter(team => team.spaceId === null || team.spaceId === space.id)
      .slice(0, 500)
      .map(option),
    knownTags: tags,
    knownPackages: packages.rows.map(({ packageId }) => packageId),
  }
}

/** The names behind the ids of a process. */
export const processNames = async (call: PageCall, projectId: string): Promise<ProcessNames> => {
  const { environments, channels, pools, teams } = await stepChoices(call, projectId)
  const names = (options: Option[]) =>
    new Map(options.map(({ value, label }) => [value, label] as const))
  return {
    environments: names(environments),
    channels: names(channels),
    pools: names(pools),
    teams: names(teams),
  }
}
