import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Api, apiClient, taskEnd } from '../support/api.ts'
import { zipOf } from '../support/packages.ts'
import { type Product, startProduct } from '../support/product.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

let product: Product
let api: Api
let folder: string

beforeAll(async () => {
  product = await startProduct({ runner: true })
  api = apiClient(product.url, product.apiKey)
  folder = await mkdtemp(join(tmpdir(), 'slipway-readme-'))
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  await writeFile(join(folder, 'package.json'), '{"type":"module"}')
  for (const name of ['Shop.1.0.0.zip', 'Shop.Data.1.0.0.zip'])
    await writeFile(join(folder, name), zipOf({ 'name.txt': name }))
})
afterAll(async () => {
  await product?.stop()
  if (folder) await rm(folder, { recursive: true, force: true })
})

/** The README's own lines, with this server's address and key in place of the shown ones. */
const runExample = async (holding: string): Promise<void> => {
  const readme = await readFile(join(ROOT, 'README.md'), 'utf8')
  const blocks = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => code)
  const code = blocks.find(block => block.includes(holding))
  if (code === undefined) throw new Error(`README.md has no example with ${holding}`)
  const own = code
    .replaceAll('http://127.0.0.1:8787', product.url)
    .replaceAll('API-…', product.apiKey)
  // The client would keep its last connection, and so the process, for as long as the server does.
  await writeFile(join(folder, 'example.ts'), `${own}\nprocess.exit(0)\n`)
  await promisify(execFile)(process.execPath, ['example.ts'], { cwd: folder })
}

it("the README's example for build servers pushes, releases and deploys", async () => {
  const environment = await api.post('/api/Spaces-1/environments', { Name: 'Development' })
  const [group] = (await api.get('/api/Spaces-1/projectgroups?take=1')).Items
  const [lifecycle] = (await api.get('/api/Spaces-1/lifecycles?take=1')).Items
  const project = await api.post('/api/Spaces-1/projects', {
    Name: 'Shop',
    ProjectGroupId: group.Id,
    LifecycleId: lifecycle.Id,
  })
  const path = `/api/Spaces-1/projects/${project.Id}/deploymentprocesses`
  const action = {
    Name: 'Say so',
    ActionType: 'Octopus.Script',
    Properties: {
      'Octopus.Action.RunOnServer': 'True',
      'Octopus.Action.Script.ScriptSource': 'Inline',
      'Octopus.Action.Script.Syntax': 'Bash',
      'Octopus.Action.Script.ScriptBody': 'echo "deployed #{Octopus.Release.Number}"',
    },
  }
  const steps = [{ Name: 'Say so', Actions: [action] }]
  await api.put(path, { ...(await api.get(path)), Steps: steps })
  await runExample('DeploymentRepository')
  const { Items } = await api.get('/api/Spaces-1/tasks?name=Deploy')
  expect(Items).toHaveLength(1)
  const task = await taskEnd(api, Items[0].Id)
  expect(task.State).toBe('Success')
  expect(task.Description).toContain(environment.Name)
  expect((await api.get('/api/Spaces-1/packages?nuGetPackageId=Shop')).TotalResults).toBe(1)
})

it("the README's example for large packages sends one in parts", async () => {
  await runExample('/packages/uploads')
  const { Items } = await api.get('/api/Spaces-1/packages?nuGetPackageId=Shop.Data')
  expect(Items[0]).toMatchObject({ PackageId: 'Shop.Data', Version: '1.0.0' })
})
