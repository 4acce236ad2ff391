import type { Database } from '../database/client.ts'
import { variableSetIdOf } from '../projects/project.ts'
import type { ProjectRow } from '../projects/store.ts'
import { resolve } from '../variables/precedence.ts'
import { listSets, toScoped, valuesOf } from '../variables/store.ts'

/** What numbering knows by itself, so that the usual templates need no variables. */
const KNOWN = /#\{\s*Octopus\.(?:Version|Date|Time)\.[A-Za-z.]+\s*\}/g

/**
 * What a project's templates may use when a release is made: plain values that hold without
 * environment, target or step; unscoped ones and those of the channel. Where a secret holds, there
 * is no value: another one of the same name does not take its place.
 * @param templates read only to see whether they need any variables
 */
export const templateVariables = async (
  db: Database,
  project: ProjectRow,
  channel: { id: string; name: string } | undefined,
  templates: readonly (string | null | undefined)[],
): Promise<Record<string, string>> => {
  const known: Record<string, string> = {
    'Octopus.Project.Name': project.name,
    'Octopus.Project.Id': project.id,
    ...(channel && {
      'Octopus.Channel.Name': channel.name,
      'Octopus.Release.Channel.Name': channel.name,
      'Octopus.Release.Channel.Id': channel.id,
    }),
  }
  if (!templates.some(text => text?.replaceAll(KNOWN, '').includes('#{'))) return known
  const owners = [project.id, ...project.settings.IncludedLibraryVariableSetIds]
  const setIds = owners.map(variableSetIdOf)
  const [sets, rows] = await Promise.all([
    listSets(db, project.spaceId, setIds),
    valuesOf(db, setIds),
  ])
  const scoped = setIds.flatMap(id => {
    const kind = sets.find(set => set.id === id)?.owner.kind
    return kind ? rows.filter(row => row.setId === id).map(row => toScoped(row, kind)) : []
  })
  const place = channel ? { channelId: channel.id } : {}
  for (const { name, winner } of resolve(scoped, place))
    if (!winner.isSensitive && !(name in known)) known[name] = winner.value ?? ''
  return known
}
