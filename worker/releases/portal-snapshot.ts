import type { Scope as ShownScope } from '../../ui/components/chips.tsx'
import { stepKinds } from '../../ui/projects/step-kind.ts'
import type { ReleasePageProps } from '../../ui/releases/release-page.tsx'
import type { Call } from '../http/call.ts'
import { readSteps, type Step } from '../projects/process.ts'
import { getProcessSnapshot, snapshotProcess } from '../projects/snapshot.ts'
import type { ProjectRow } from '../projects/store.ts'
import { readFrozen } from '../variables/reading.ts'
import { readScope, type Scope } from '../variables/scope.ts'
import { type Choice, loadScopeValues } from '../variables/scope-values.ts'
import { snapshotVariables } from '../variables/snapshot.ts'
import type { ReleaseRow } from './store.ts'

/** So many values stand on the release's own page; the others have a page to themselves. */
const SHOWN = 20

/** What a release froze, as its page shows it; values only as far as the reader may see them, and
 *  never a sensitive one. */
export const shownSnapshot = async (
  { db, now, principal }: Pick<Call, 'db' | 'now' | 'principal'>,
  project: ProjectRow,
  release: ReleaseRow,
): Promise<ReleasePageProps['snapshot']> => {
  const [frozen, process, variables, choices] = await Promise.all([
    getProcessSnapshot(db, release.spaceId, release.processSnapshotId),
    snapshotProcess(db, project, now),
    snapshotVariables(db, project.id, now),
    loadScopeValues(db, release.spaceId, project),
  ])
  const shown = { skip: 0, take: SHOWN }
  const { rows, total } = await readFrozen({ db, principal, now }, release, choices, shown)
  const steps = readSteps(frozen.steps)
  const named = {
    environments: namesOf(choices.environments),
    machines: namesOf(choices.machines),
    channels: namesOf(choices.channels),
    actions: namesOf(steps.flatMap(step => [step, ...step.actions])),
  }
  const shownScope = (scope: Scope): ShownScope => ({
    environments: named.environments(scope.environment),
    targetTags: [...(scope.role ?? [])],
    targets: named.machines(scope.machine),
    steps: named.actions(scope.action),
    channels: named.channels(scope.channel),
  })
  return {
    steps: steps.map(step => ({ name: step.name, kind: kindOf(step) })),
    variableCount: total,
    variables: rows.map(({ name, value, isSensitive, scope }) => ({
      name,
      value: isSensitive ? undefined : (value ?? ''),
      sensitive: isSensitive,
      scope: shownScope(readScope(scope)),
    })),
    processChanged: process.id !== release.processSnapshotId,
    variablesChanged: variables.id !== release.variableSnapshotId,
  }
}

/** What was deleted since is named by its id. */
const namesOf = (choices: readonly Choice[]) => {
  const names = new Map(choices.map(({ id, name }) => [id, name]))
  return (ids: readonly string[] = []) => ids.map(id => names.get(id) ?? id)
}

const KINDS: Record<string, string> = {
  'Octopus.Script': stepKinds.script.title,
  'Octopus.TentaclePackage': stepKinds.package.title,
}

const kindOf = ({ actions }: Step): string =>
  [...new Set(actions.map(({ actionType }) => KINDS[actionType] ?? actionType))].join(', ')
