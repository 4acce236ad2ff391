import { indexByName, resolve, type ScopedVariable } from '../../worker/variables/precedence.ts'
import { readScope } from '../../worker/variables/scope.ts'
import type { Json } from '../support/api.ts'
import { type Bench, type Figure, median, preciseNow, script, startBench } from './harness.ts'

const VALUES = 10_000
const PER_NAME = 4
const SECRET_EVERY = 20
const TIMES = 15

/** Ten thousand values in one project, as large teams have them: what a page, an edit, the values of
 *  one step, a release and a deployment take. */
export const run = async (): Promise<Figure[]> => {
  const bench = await startBench(1)
  try {
    const project = await bench.project('Large', [script('Work', 'echo "at $EPOCHREALTIME"')])
    const path = `/api/Spaces-1/variables/variableset-${project.Id}`
    const variables = valuesFor(bench.environmentId, project.Id)
    const whole = await timed(1, () => bench.api.put(path, { Variables: variables }))
    const set: Json = await bench.api.get(path)
    const again = await timed(3, () => bench.api.put(path, { Variables: set.Variables }))
    return [
      figure('10,000 values stored at once', whole),
      figure('the same saved again, nothing changed', again),
      ...(await pages(bench, project, path)),
      ...(await edits(bench, path, set)),
      resolving(bench.environmentId, project.Id, set),
      ...(await releases(bench, project, path, set)),
    ]
  } finally {
    await bench.stop()
  }
}

const valuesFor = (environmentId: string, projectId: string) =>
  Array.from({ length: VALUES }, (_, index) => {
    const name = Math.floor(index / PER_NAME)
    const scope = [
      {},
      { Environment: [environmentId] },
      { Role: ['bench'] },
      { Environment: [environmentId], ProcessOwner: [projectId] },
    ][index % PER_NAME]
    return {
      Name: `Service.Setting${String(name).padStart(4, '0')}`,
      Value: name % 10 === 0 ? `#{Service.Setting0001}/${index}` : `value ${index} of the service`,
      IsSensitive: index % SECRET_EVERY === 0,
      Scope: scope,
    }
  })

const pages = async ({ api }: Bench, project: Json, path: string): Promise<Figure[]> => {
  const get = async (address: string) => {
    const response = await api.send('GET', address)
    const text = await response.text()
    if (!response.ok) throw new Error(`${address}: ${response.status} ${text}`)
  }
  return [
    figure(
      'page of the portal',
      await timed(TIMES, time => get(`/projects/${project.Id}/variables?page=${13 * time}`)),
    ),
    figure(
      'page of the portal, filtered by value',
      await timed(TIMES, time => get(`/projects/${project.Id}/variables?filter=${time}%20of`)),
    ),
    figure(
      'page of the API',
      await timed(TIMES, time => get(`${path}/values?skip=${100 * time}&take=50`)),
    ),
    figure(
      'page of the preview, each value explained',
      await timed(5, () =>
        get(`/projects/${project.Id}/variables/preview?environment=Bench&page=9`),
      ),
    ),
  ]
}

const edits = async ({ api }: Bench, path: string, set: Json): Promise<Figure[]> => {
  const plain = set.Variables[4_001]
  const secret = set.Variables[4_000]
  let count = 0
  const put = (variable: Json) =>
    api.put(`${path}/values/${variable.Id}`, { ...variable, Value: `changed ${++count} times` })
  return [
    figure('edit of one value', await timed(TIMES, () => put(plain))),
    figure('edit of one secret', await timed(TIMES, () => put(secret))),
    figure(
      'one more value',
      await timed(1, async () => {
        await api.del(`${path}/values/${set.Variables[9_999].Id}`)
        await api.post(`${path}/values`, { ...set.Variables[9_999], Id: '' })
      }),
    ),
  ]
}

/** In the deployment's object nothing is read any more: this is the whole work. */
const resolving = (environmentId: string, projectId: string, set: Json): Figure => {
  const index = indexByName(
    set.Variables.map(
      (each: Json): ScopedVariable => ({
        id: each.Id,
        name: each.Name,
        value: each.Value,
        isSensitive: each.IsSensitive,
        type: each.Type,
        scope: readScope(each.Scope),
        source: 'project',
        setId: set.Id,
      }),
    ),
  )
  const samples: number[] = []
  for (let time = 0; time < TIMES; time++) {
    const startedAt = preciseNow()
    const found = resolve(index, {
      environmentId,
      processOwnerId: projectId,
      machineId: 'Machines-1',
      machineTags: ['bench'],
      stepTags: ['bench'],
      actionId: `action-${time}`,
    })
    samples.push(preciseNow() - startedAt)
    if (found.length !== VALUES / PER_NAME) throw new Error(`${found.length} names were resolved`)
  }
  return figure('resolving all for one step', samples)
}

const releases = async (
  { api, deploy }: Bench,
  project: Json,
  path: string,
  set: Json,
): Promise<Figure[]> => {
  const create = () => api.post('/api/Spaces-1/releases/create/v1', { ProjectName: project.Name })
  let count = 0
  const samples: number[] = []
  let release: Json
  for (let time = 0; time < 5; time++) {
    const changed = { ...set.Variables[8_001], Value: `for release ${++count}` }
    await api.put(`${path}/values/${changed.Id}`, changed)
    const startedAt = preciseNow()
    release = await create()
    samples.push(preciseNow() - startedAt)
  }
  const deployed = { ...project, release }
  await deploy(deployed)
  const whole: number[] = []
  for (let time = 0; time < 5; time++) {
    const { askedAt, endedAt } = await deploy(deployed)
    whole.push(endedAt - askedAt)
  }
  return [
    figure('release that freezes 10,000 values', samples),
    figure('deployment of one step with them', whole),
  ]
}

const timed = async (
  times: number,
  deed: (time: number) => Promise<unknown>,
): Promise<number[]> => {
  const samples: number[] = []
  if (times > 1) await deed(times + 1)
  for (let time = 0; time < times; time++) {
    const startedAt = preciseNow()
    await deed(time + 1)
    samples.push(preciseNow() - startedAt)
  }
  return samples
}

const figure = (name: string, samples: number[]): Figure => ({
  name,
  value: median(samples),
  unit: 'ms',
  samples,
})
