import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Api, Json } from '../api.ts'

export type GatedProject = {
  id: string
  /** Lets the step that waits go on, once. */
  open: () => Promise<void>
  remove: () => Promise<void>
}

/**
 * A project beside the sample whose only step says a line, waits at a gate, and says another:
 * a test can look at a deployment that runs for exactly as long as it wants.
 */
export const createGatedProject = async (api: Api, name: string): Promise<GatedProject> => {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-gate-'))
  const gate = join(folder, 'open')
  const sample = (await api.get('/api/Spaces-1/projects/storefront')) as Json
  const project = await api.post('/api/Spaces-1/projects', {
    Name: name,
    ProjectGroupId: sample.ProjectGroupId,
    LifecycleId: sample.LifecycleId,
  })
  const path = `/api/Spaces-1/projects/${project.Id}/deploymentprocesses`
  await api.put(path, {
    ...(await api.get(path)),
    Steps: [
      {
        Name: 'Wait at the gate',
        Condition: 'Success',
        StartTrigger: 'StartAfterPrevious',
        Properties: { 'Octopus.Action.TargetRoles': 'web' },
        Actions: [
          {
            Name: 'Wait at the gate',
            ActionType: 'Octopus.Script',
            Properties: {
              'Octopus.Action.RunOnServer': 'False',
              'Octopus.Action.Script.ScriptSource': 'Inline',
              'Octopus.Action.Script.Syntax': 'Bash',
              'Octopus.Action.Script.ScriptBody': scriptFor(gate),
            },
          },
        ],
      },
    ],
  })
  return {
    id: project.Id,
    open: () => writeFile(gate, ''),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

const scriptFor = (gate: string) => `echo "#{Greeting} at the gate in #{Octopus.Environment.Name}"
until rm '${gate}' 2>/dev/null; do sleep 0.1; done
echo "through the gate"
`
