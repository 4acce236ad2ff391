import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient, type InValue } from '@libsql/client/http'
import { build } from 'esbuild'
import { WORKER_BUNDLE } from '../../../worker/local/build/code.ts'
import { startLibsql } from '../../../worker/local/libsql/host.ts'
import { migrate, readMigrations } from '../../../worker/local/migrations.ts'
import { pathTo } from '../../../worker/local/paths.ts'
import { startRuntime } from '../../../worker/local/runtime.ts'
import { RunnerProcess } from '../../support/runner-process.ts'

export type Json = ReturnType<typeof JSON.parse>
export type EngineStep = Record<string, unknown> & { Name: string }

/** The administrator's, as in every product. */
export const ADMIN_KEY = 'API-ADMINADMINADMINADMINADMINADMINAD'

const FRONT = 'front-secret-of-the-tests'
const INTERNAL = 'internal-secret-of-the-tests'

/** The objects and runner endpoints in workerd on a database of its own, without the rest of the API. */
export const startEngine = async () => {
  const directory = await mkdtemp(join(tmpdir(), 'slipway-engine-'))
  const worker = join(directory, 'worker.js')
  await bundle(worker)
  await mkdir(join(directory, 'assets'))
  const database = await startLibsql(join(directory, 'test.db'))
  const client = createClient({ url: database.url, authToken: database.token })
  await migrate(client, await readMigrations(pathTo('migrations')), Date.now())
  const said: string[] = []
  const run = () =>
    startRuntime({
      worker,
      assets: join(directory, 'assets'),
      state: join(directory, 'state'),
      bucket: 'store-of-the-tests',
      database,
      variables: {
        MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
        PUBLIC_URL: 'http://shop.test',
        INTERNAL_SECRET: INTERNAL,
        INSTALLATION_ID: 'engine',
        HOSTED: 'local',
      },
      frontSecret: FRONT,
      mark: {},
      log: line => said.push(line),
      onRestart: () => undefined,
    })
  let runtime = await run()

  /** Runners know nothing of the front's secret: a relay adds it. */
  const relay = await startRelay(() => runtime.url)
  const post = async (path: string, body: unknown = {}): Promise<Json> => {
    const response = await fetch(`${runtime.url}${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-slipway-front': FRONT,
        'x-slipway-internal': INTERNAL,
      },
      body: JSON.stringify(body),
    })
    const text = await response.text()
    if (!response.ok)
      throw new Error(`${path} answered ${response.status}: ${text}\n${said.join('\n')}`)
    return path.endsWith('/raw') || text === '' ? text : JSON.parse(text)
  }
  const sql = async (query: string, ...args: InValue[]) =>
    (await client.execute({ sql: query, args })).rows.map(row => ({ ...row }))

  await post('/internal/bootstrap', { adminApiKey: ADMIN_KEY })
  const shop = await seedShop(sql)
  const runners: RunnerProcess[] = []
  return {
    url: relay.url,
    said,
    sql,
    post,
    ...shop,
    /** A real runner behind target `name` with these tags. */
    runner: async (name: string, tags: string[], environmentId = 'Environments-1') => {
      const token = await enrolmentToken(sql, name, environmentId, tags)
      const runner = new RunnerProcess()
      runners.push(runner)
      const { code, output } = await runner.command(
        'register',
        '--server',
        relay.url,
        `--token=${token}`,
      )
      if (code !== 0) throw new Error(`${output}\n${said.join('\n')}`)
      await runner.start()
      return runner
    },
    token: (name: string | null, tags: string[], environmentId = 'Environments-1') =>
      enrolmentToken(sql, name, environmentId, tags),
    /** Reads the log until it is complete, as a terminal does. */
    end: async (id: string): Promise<{ state: string; texts: string[] }> => {
      const texts: string[] = []
      let after = 0
      for (;;) {
        const page = await post(`/deeds/${id}/log?after=${after}`)
        for (const chunk of page.chunks)
          for (const line of chunk.text.split('\n').filter(Boolean)) texts.push(JSON.parse(line)[2])
        after = page.next
        if (page.isComplete) return { state: page.state, texts }
      }
    },
    /** Waits until a line with this text is in the log. */
    saw: async (id: string, text: string): Promise<void> => {
      for (let after = 0; ; ) {
        const page = await post(`/deeds/${id}/log?after=${after}`)
        const isThere = page.chunks.some((chunk: Json) => chunk.text.includes(`"${text}"`))
        if (isThere || page.isComplete) return
        after = page.next
      }
    },
    runners,
    /** Ends workerd and starts it on the same data. */
    restart: async () => {
      await runtime.stop()
      runtime = await run()
    },
    stop: async () => {
      await Promise.all(runners.map(runner => runner.remove()))
      await relay.stop()
      await runtime.stop()
      client.close()
      await database.stop()
      await rm(directory, { recursive: true, force: true, maxRetries: 10 })
    },
  }
}

export type Engine = Awaited<ReturnType<typeof startEngine>>
type Sql = (query: string, ...args: InValue[]) => Promise<Json[]>

const bundle = async (outfile: string): Promise<void> => {
  await build({
    entryPoints: [join(import.meta.dirname, 'worker-entry.ts')],
    outfile,
    ...WORKER_BUNDLE,
    plugins: [
      {
        name: 'no-assets',
        setup: ({ onResolve, onLoad }) => {
          onResolve({ filter: /^slipway:assets$/ }, ({ path }) => ({ path, namespace: 'slipway' }))
          onLoad({ filter: /.*/, namespace: 'slipway' }, () => ({ contents: '{}', loader: 'json' }))
        },
      },
    ],
  })
}

const startRelay = async (upstream: () => string) => {
  const { createServer, Agent, request } = await import('node:http')
  const agent = new Agent({ keepAlive: true })
  const server = createServer((incoming, outgoing) => {
    const url = new URL(incoming.url ?? '/', upstream())
    const through = request(
      url,
      {
        agent,
        method: incoming.method,
        headers: { ...incoming.headers, host: url.host, 'x-slipway-front': FRONT },
      },
      answer => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(outgoing)
      },
    )
    through.on('error', () => outgoing.destroy())
    outgoing.on('error', () => through.destroy())
    incoming.pipe(through)
  })
  server.keepAliveTimeout = 60_000
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the relay has no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    stop: async () => {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
      agent.destroy()
    },
  }
}

/** Project Shop with one release per process and environments Staging and Production. */
const seedShop = async (sql: Sql) => {
  const now = Date.now()
  for (const [index, name] of ['Staging', 'Production'].entries())
    await sql(
      'INSERT INTO environments (id, space_id, name, slug, sort_order, created_at) VALUES (?, ?, ?, ?, ?, ?)',
      `Environments-${index + 1}`,
      'Spaces-1',
      name,
      name.toLowerCase(),
      index,
      now,
    )
  const group = ((await sql('SELECT id FROM project_groups LIMIT 1'))[0]?.id ??
    'ProjectGroups-1') as string
  await sql(
    "INSERT OR IGNORE INTO project_groups (id, space_id, name, slug) VALUES (?, 'Spaces-1', 'All', 'all')",
    group,
  )
  const lifecycle = ((await sql('SELECT id FROM lifecycles LIMIT 1'))[0]?.id ??
    'Lifecycles-9') as string
  await sql(
    "INSERT OR IGNORE INTO lifecycles (id, space_id, name, slug, created_at) VALUES (?, 'Spaces-1', 'Plain', 'plain', 0)",
    lifecycle,
  )
  await sql(
    "INSERT INTO projects (id, space_id, project_group_id, lifecycle_id, name, slug, created_at) VALUES ('Projects-1', 'Spaces-1', ?, ?, 'Shop', 'shop', 0)",
    group,
    lifecycle,
  )
  await sql(
    "INSERT INTO channels (id, space_id, project_id, name, slug, is_default) VALUES ('Channels-1', 'Spaces-1', 'Projects-1', 'Default', 'default', 1)",
  )
  let count = 0
  return {
    /** A queued deployment of a release that froze these steps and variables. */
    deployment: async (
      steps: EngineStep[],
      variables: Json[] = [],
      environmentId = 'Environments-1',
      packages: Json[] = [],
    ): Promise<string> => {
      const n = ++count
      await sql(
        "INSERT INTO process_snapshots VALUES (?, 'Spaces-1', 'Projects-1', ?, ?, ?, 0)",
        `process-${n}`,
        n,
        `digest-${n}`,
        JSON.stringify(steps),
      )
      await sql(
        "INSERT INTO variable_snapshots VALUES (?, 'Spaces-1', 'Projects-1', ?, ?, 0)",
        `variables-${n}`,
        `digest-${n}`,
        JSON.stringify({ setId: 'variableset-Projects-1', variables, includes: [] }),
      )
      await sql(
        `INSERT INTO releases (id, space_id, project_id, channel_id, version, assembled_at, assembled_by,
          process_snapshot_id, variable_snapshot_id, selected_packages, sequence)
          VALUES (?, 'Spaces-1', 'Projects-1', 'Channels-1', ?, 0, 'Ada', ?, ?, ?, ?)`,
        `Releases-${n}`,
        `1.0.${n}`,
        `process-${n}`,
        `variables-${n}`,
        JSON.stringify(packages),
        n,
      )
      await sql(
        `INSERT INTO tasks (id, space_id, number, name, description, state, concurrency_key, project_id, environment_id,
          deployment_id, queued_at, eligible_at, updated_at, queued_by)
          VALUES (?, 'Spaces-1', ?, 'Deploy', ?, 'Queued', ?, 'Projects-1', ?, ?, ?, ?, ?, 'Ada')`,
        `ServerTasks-${n}`,
        n,
        `Deploy Shop release 1.0.${n}`,
        `Projects-1/${environmentId}`,
        environmentId,
        `Deployments-${n}`,
        Date.now(),
        Date.now(),
        Date.now(),
      )
      await sql(
        `INSERT INTO deployments (id, space_id, number, project_id, release_id, channel_id, environment_id, task_id, name,
          created_at, deployed_by, variable_snapshot_id)
          VALUES (?, 'Spaces-1', ?, 'Projects-1', ?, 'Channels-1', ?, ?, 'Deploy', 0, 'Ada', ?)`,
        `Deployments-${n}`,
        n,
        `Releases-${n}`,
        environmentId,
        `ServerTasks-${n}`,
        `variables-${n}`,
      )
      return `Deployments-${n}`
    },
  }
}

const enrolmentToken = async (
  sql: Sql,
  name: string | null,
  environmentId: string,
  tags: string[],
): Promise<string> => {
  const { sha256Hex } = await import('../../../worker/access/digest.ts')
  const token = randomBytes(24).toString('base64url')
  await sql(
    `INSERT INTO enrolment_tokens (token_hash, space_id, name, environment_ids, tags, worker_pool_ids, created_by, created_at, expires_at)
      VALUES (?, 'Spaces-1', ?, ?, ?, '[]', 'Users-1', 0, ?)`,
    await sha256Hex(token),
    name,
    JSON.stringify([environmentId]),
    JSON.stringify(tags),
    Date.now() + 3_600_000,
  )
  return token
}

/** A Bash step on the targets with a tag. */
export const bash = (
  name: string,
  script: string,
  more: Record<string, unknown> = {},
): EngineStep => {
  const { stepProperties, properties, ...rest } = more as Record<string, Json>
  return {
    Id: `step-${name}`,
    Name: name,
    Condition: 'Success',
    StartTrigger: 'StartAfterPrevious',
    Properties: { 'Octopus.Action.TargetRoles': 'web', ...stepProperties },
    Actions: [
      {
        Id: `action-${name}`,
        Name: name,
        ActionType: 'Octopus.Script',
        Properties: {
          'Octopus.Action.Script.ScriptSource': 'Inline',
          'Octopus.Action.Script.Syntax': 'Bash',
          'Octopus.Action.Script.ScriptBody': script,
          ...properties,
        },
      },
    ],
    ...rest,
  }
}
