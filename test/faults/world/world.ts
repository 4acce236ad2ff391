import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { createClient } from '@libsql/client/http'
import { type Api, apiClient, type Json } from '../../support/api.ts'
import { verifyFile } from '../../support/audit-file.ts'
import { isTerminal } from '../checker/check.ts'
import type { Allowance, History, Invariant } from '../checker/history.ts'
import { type Build, type Times, testBuild } from './build.ts'
import { type Answer, Link, type Passage } from './link.ts'
import { until } from './processes.ts'
import { filesWith, formsOf, holdsAny, readRemains } from './remains.ts'
import { Runner } from './runner.ts'
import { kindOf } from './runner-messages.ts'
import { Server } from './server.ts'
import { overdue } from './spools.ts'
import { parseLedger, scriptWith } from './step.ts'
import { Tap } from './tap.ts'

const S = '/api/Spaces-1'
const WATCH_MS = 100
const SETTLE_MS = 60_000
/** How long after harm has ended its traces may be seen, in milliseconds. */
const AFTERMATH_MS = 3_000

export type WorldOptions = {
  times?: Times
  /** Names of real runners, each a target of its own with the tag `web`. */
  runners?: string[]
  environment?: Record<string, string>
}
export type Deployed = { id: string; task: string; version: string }
export type StepWish = {
  name?: string
  body: string
  tags?: string
  properties?: Record<string, string>
  more?: Record<string, unknown>
}

/** A server, its database and real runners, each reached through a proxy, and all that happened. */
export class World {
  readonly fault: string
  readonly folder: string
  readonly ledger: string
  readonly server: Server
  /** Between the runners and the server. */
  readonly link: Link
  readonly build: Build
  readonly runners = new Map<string, Runner>()
  readonly secret = `canary-${randomBytes(12).toString('hex')}`
  readonly tap = new Tap()
  readonly cancels: string[] = []
  environmentId = ''
  readonly #answers: History['answers'] = []
  readonly #states: History['states'] = []
  readonly #windows: History['windows'] = []
  readonly #creates: History['creates'] = []
  readonly #allowed: Allowance[] = []
  /** What carried the secret where it has no business. */
  readonly #leaks = new Set<string>()
  readonly #secretForms = formsOf(this.secret)
  readonly #known = new Map<string, string>()
  readonly #options: WorldOptions
  #watching = true
  #watched: Promise<void> = Promise.resolve()
  #window: { from: number; to: number } | undefined
  #count = 0
  #isClosed = false

  private constructor(
    fault: string,
    parts: { folder: string; server: Server; link: Link; build: Build; options: WorldOptions },
  ) {
    this.fault = fault
    this.folder = parts.folder
    this.server = parts.server
    this.link = parts.link
    this.build = parts.build
    this.#options = parts.options
    this.ledger = join(parts.folder, 'ledger')
    writeFileSync(this.ledger, '')
    this.link.onAnswered = (passage, answer) => {
      this.tap.take(passage, answer)
      this.#searchMessage(passage, answer)
    }
    this.server.database.onAnswered = ({ body }) => {
      if (holdsAny(body, this.#secretForms)) this.#leaks.add('a query to the database')
    }
    this.#watched = this.#watchStates()
  }

  /** @param onMade told of it before it is complete, so that it can be ended at any time */
  static async open(
    fault: string,
    options: WorldOptions = {},
    onMade: (world: World) => void = () => {},
  ): Promise<World> {
    const folder = mkdtempSync(join(tmpdir(), `slipway-faults-${fault}-`))
    const build = await testBuild(options.times)
    const server = await Server.start({ dataDir: join(folder, 'data'), build })
    const link = await Link.open(server.url)
    const world = new World(fault, { folder, server, link, build, options })
    onMade(world)
    try {
      world.environmentId = (await world.api.post(`${S}/environments`, { Name: 'Production' })).Id
      for (const name of options.runners ?? ['web-1']) await world.addRunner(name)
    } catch (error) {
      await world.close()
      world.removeFolder()
      throw error
    }
    return world
  }

  /** Past the runners' proxy; every answer is taken down. */
  get api(): Api {
    const plain = apiClient(this.server.url, this.server.apiKey)
    const send: Api['send'] = async (method, path, init) => {
      const response = await plain.send(method, path, init)
      this.#answers.push({ at: Date.now(), method, path, status: response.status })
      return response
    }
    const json = async (method: string, path: string, body?: unknown): Promise<Json> => {
      const response = await send(method, path, {
        ...(body !== undefined && {
          body: JSON.stringify(body),
          headers: { 'content-type': 'application/json' },
        }),
      })
      const text = await response.text()
      if (holdsAny(text, this.#secretForms)) this.#leaks.add(`the answer to ${method} ${path}`)
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
      return text === '' ? undefined : JSON.parse(text)
    }
    return {
      ...plain,
      send,
      get: path => json('GET', path),
      post: (path, body) => json('POST', path, body),
      put: (path, body) => json('PUT', path, body),
      del: path => json('DELETE', path),
    }
  }

  async token(name: string, tags: string[] = ['web']): Promise<string> {
    const { Token } = await this.api.post(`${S}/runners/enrolment-tokens`, {
      Name: name,
      EnvironmentIds: [this.environmentId],
      Roles: tags,
      WorkerPoolIds: [],
    })
    return Token
  }

  async addRunner(
    name: string,
    more: {
      tags?: string[]
      environment?: Record<string, string>
      program?: string
      home?: string
    } = {},
  ): Promise<Runner> {
    const runner = await Runner.enrol({
      name,
      program: more.program ?? this.build.runner,
      server: this.link.url,
      token: await this.token(name, more.tags ?? ['web', `on-${name}`]),
      environment: { ...this.#options.environment, ...more.environment },
      ...(more.home !== undefined && { home: more.home }),
    })
    this.runners.set(name, runner)
    if (this.#isClosed) {
      await runner.remove()
      throw new Error('the world has ended')
    }
    await runner.start()
    await until(`${name} is healthy`, () => this.isHealthy(name))
    return runner
  }

  async isHealthy(name: string): Promise<boolean> {
    const { Items } = await this.api.get(`${S}/machines?name=${encodeURIComponent(name)}`)
    return Items[0]?.HealthStatus === 'Healthy'
  }

  runner(name = 'web-1'): Runner {
    const runner = this.runners.get(name)
    if (!runner) throw new Error(`there is no runner ${name}`)
    return runner
  }

  /** A project of scripts that keep the ledger, with a secret, and its first release. */
  async project(name: string, steps: StepWish[]): Promise<string> {
    const [group] = await this.api.get(`${S}/projectgroups/all`)
    const [lifecycle] = await this.api.get(`${S}/lifecycles/all`)
    const project = await this.api.post(`${S}/projects`, {
      Name: name,
      ProjectGroupId: group.Id,
      LifecycleId: lifecycle.Id,
    })
    const path = `${S}/projects/${project.Id}/deploymentprocesses`
    const process = await this.api.get(path)
    await this.api.put(path, { ...process, Steps: steps.map(step => this.#wireStep(step)) })
    const variables = await this.api.get(`${S}/variables/variableset-${project.Id}`)
    await this.api.put(`${S}/variables/variableset-${project.Id}`, {
      ...variables,
      Variables: [
        { Name: 'Canary', Value: this.secret, Type: 'Sensitive', IsSensitive: true, Scope: {} },
      ],
    })
    await this.api.post(`${S}/releases/create/v1`, { ProjectName: name, ReleaseVersion: '1.0.0' })
    return project.Id
  }

  #wireStep({ name = 'Work', body, tags = 'web', properties = {}, more = {} }: StepWish) {
    return {
      Name: name,
      Properties: { 'Octopus.Action.TargetRoles': tags },
      ...more,
      Actions: [
        {
          Name: name,
          ActionType: 'Octopus.Script',
          Properties: {
            'Octopus.Action.Script.ScriptSource': 'Inline',
            'Octopus.Action.Script.Syntax': 'Bash',
            'Octopus.Action.Script.ScriptBody': scriptWith(this.ledger, body),
            ...properties,
          },
        },
      ],
    }
  }

  /** One request to deploy; it counts whether or not its answer arrives. */
  async create(
    project: string,
    more: { key?: string; version?: string; body?: Record<string, unknown> } = {},
  ): Promise<{ status: number; deployed?: Deployed; text: string }> {
    const version = more.version ?? '1.0.0'
    const entry = { key: more.key ?? null, deployment: null as string | null }
    try {
      const response = await this.api.send('POST', `${S}/deployments/create/untenanted/v1`, {
        headers: {
          'content-type': 'application/json',
          ...(more.key !== undefined && { 'idempotency-key': more.key }),
        },
        body: JSON.stringify({
          ProjectName: project,
          ReleaseVersion: version,
          EnvironmentNames: ['Production'],
          ...more.body,
        }),
        signal: AbortSignal.timeout(30_000),
      })
      const text = await response.text()
      if (!response.ok) {
        // Refused, nothing was made; broken down, nobody knows.
        if (response.status >= 500) this.#creates.push(entry)
        return { status: response.status, text }
      }
      const [task] = JSON.parse(text).DeploymentServerTasks
      entry.deployment = task.DeploymentId
      this.#creates.push(entry)
      const deployed = { id: task.DeploymentId, task: task.ServerTaskId, version }
      return { status: response.status, deployed, text }
    } catch (error) {
      this.#creates.push(entry)
      return { status: 0, text: String(error) }
    }
  }

  async deploy(project: string): Promise<Deployed> {
    const { deployed, status, text } = await this.create(project)
    if (!deployed) throw new Error(`${project} could not be deployed: ${status} ${text}`)
    return deployed
  }

  /** A project of one step, deployed. */
  async run(body: string, step: Partial<StepWish> = {}): Promise<Deployed> {
    const name = `Shop-${++this.#count}`
    await this.project(name, [{ body, ...step }])
    return this.deploy(name)
  }

  async cancel({ task }: Deployed): Promise<Json> {
    const answer = await this.api.post(`/api/tasks/${task}/cancel`)
    // One that came too late changes nothing, and is recorded nowhere.
    if (['Cancelling', 'Canceled'].includes(answer.State)) this.cancels.push(task)
    return answer
  }

  task({ task }: Deployed): Promise<Json> {
    return this.api.get(`/api/tasks/${task}`)
  }

  /** Its end, or that it waits for a person. */
  async end(deployed: Deployed, withinMs = 60_000): Promise<Json> {
    return until(
      `${deployed.id} ends`,
      async () => {
        const rows = await this.query(`SELECT * FROM tasks WHERE id = '${deployed.task}'`)
        const { state, pending_interruptions: asked } = rows[0] ?? {}
        if (!isTerminal(String(state)) && Number(asked) === 0) return undefined
        return this.task(deployed).catch(() => undefined)
      },
      withinMs,
      50,
    )
  }

  async log({ task }: Deployed): Promise<string> {
    return (await this.api.send('GET', `/api/tasks/${task}/raw`)).text()
  }

  /** Waits until the step has printed so much, as the server has it. */
  async logged(deployed: Deployed, text: string | RegExp, withinMs = 30_000): Promise<string> {
    return until(
      `the log of ${deployed.id} has ${text}`,
      async () => {
        const log = await this.log(deployed).catch(() => '')
        return (typeof text === 'string' ? log.includes(text) : text.test(log)) && log
      },
      withinMs,
      50,
    )
  }

  entries() {
    return parseLedger(readFileSync(this.ledger, 'utf8'))
  }

  /** A START in the ledger. */
  async started(deployed: Deployed, withinMs = 30_000): Promise<void> {
    await until(
      `${deployed.id} starts`,
      () => this.entries().some(({ attempt }) => attempt.startsWith(`${deployed.id}_`)),
      withinMs,
      20,
    )
  }

  file(name: string): string {
    return join(this.folder, name)
  }
  open(name: string): void {
    writeFileSync(this.file(name), '')
  }

  /** Harm is being done from now on: answers of 5xx are to be expected. */
  harm(): void {
    this.#window ??= { from: Date.now(), to: Number.MAX_SAFE_INTEGER }
    if (!this.#windows.includes(this.#window)) this.#windows.push(this.#window)
  }
  harmEnds(): void {
    if (this.#window) this.#window.to = Date.now() + AFTERMATH_MS
    this.#window = undefined
  }

  /** Something the checker would complain about, and why it is right here. */
  allow(invariant: Invariant, what: string, because: string): void {
    this.#allowed.push({ invariant, what, because })
  }

  /** Ends all harm, lets everything come to rest, stops everything, and reads what is left. */
  async finish(): Promise<History> {
    this.link.heal()
    this.server.database.heal()
    this.server.onPoint = undefined
    await until('the server serves', () => this.server.isServing(), 30_000)
    this.harmEnds()
    const healedAt = Date.now()
    const settledAt = await this.#settle(healedAt)
    await this.#collected()
    const tasks = await this.#tasks()
    const logs = new Map<string, string>()
    for (const { id, deployment_id } of tasks)
      logs.set(String(deployment_id), await this.log({ id: '', task: String(id), version: '' }))
    const leftovers = [...this.runners.values()].flatMap(runner => runner.stepProcesses())
    const spools = overdue(this.#spools(), tasks)
    const homes = [...this.runners.values()].map(({ home }) => home)
    await this.#stop()
    const remains = readRemains(this.server.data.path, this.server.data.database)
    const forms = this.#secretForms
    const canaries = [
      ...this.#leaks,
      ...filesWith(forms, [this.server.data.path, ...homes]),
      ...[...logs].filter(([, log]) => holdsAny(log, forms)).map(([id]) => `the log of ${id}`),
      ...[...this.runners.values()]
        .filter(({ output }) => holdsAny(output, forms))
        .map(({ name }) => `what ${name} said`),
      ...(holdsAny(this.server.log.join('\n'), forms) ? ['what the server said'] : []),
    ]
    return {
      fault: this.fault,
      ledger: this.entries(),
      deployments: remains.tasks.map(row => ({
        id: row.deployment_id,
        task: row.id,
        key: row.concurrency_key,
        state: row.state,
        conclusion: row.conclusion,
        pendingInterruptions: Number(row.pending_interruptions),
        startedAt: row.started_at,
        completedAt: row.completed_at,
        attempts: (remains.attempts.get(row.deployment_id) ?? []).map(attempt => ({
          ...attempt,
          answered: remains.interruptions.some(
            ({ deployment_id, state }) =>
              deployment_id === row.deployment_id && state === 'Submitted',
          ),
        })),
        log: logs.get(row.deployment_id) ?? '',
      })),
      states: this.#states,
      messages: this.tap.messages,
      answers: [...this.#answers, ...this.link.answers],
      windows: this.#windows,
      creates: this.#creates,
      events: remains.events,
      chain: await this.#chain(),
      cancels: this.cancels,
      leftovers: leftovers.filter(({ attempt }) => overdue([attempt], tasks).length > 0),
      locks: remains.locks,
      atWork: remains.atWork,
      spools,
      integrity: remains.integrity,
      canaries,
      healedAt,
      settledAt,
      allowed: this.#allowed,
    }
  }

  /** Only a grant may tell the secret: that is the answer to a claim. */
  #searchMessage(passage: Passage, { body }: Answer): void {
    const kind = kindOf(passage)
    if (holdsAny(passage.body, this.#secretForms)) this.#leaks.add(`a ${kind} of a runner`)
    if (kind !== 'claim' && holdsAny(body, this.#secretForms))
      this.#leaks.add(`the answer to a ${kind}`)
  }

  /** The record of what people and the server did, row by row. */
  async #chain(): Promise<string[]> {
    const { database, masterKey } = this.server.data
    const { firstBad, missingGuards } = await verifyFile(database, masterKey)
    return [
      ...(firstBad ? [`${firstBad.kind}: ${firstBad.message}`] : []),
      ...missingGuards.map(name => `the guard ${name} is missing`),
    ]
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Ends everything of it, whatever state it is in. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#watching = false
    await Promise.all([...this.runners.values()].map(runner => runner.remove()))
    await this.#stop().catch(() => undefined)
    await this.server.endWorkers()
  }

  removeFolder(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
  }

  #stopping: Promise<void> | undefined
  #stop(): Promise<void> {
    this.#stopping ??= (async () => {
      this.#watching = false
      await this.#watched
      for (const runner of this.runners.values()) await runner.kill('SIGTERM')
      await this.link.close()
      await this.server.stop()
    })()
    return this.#stopping
  }

  async #settle(healedAt: number): Promise<number | null> {
    const isRest = async () =>
      (await this.#tasks()).every(
        ({ state, pending_interruptions }) =>
          isTerminal(String(state)) || Number(pending_interruptions) > 0,
      )
    for (;;) {
      if (await isRest().catch(() => false)) return Date.now()
      if (Date.now() - healedAt > SETTLE_MS) return null
      await delay(100)
    }
  }

  /** Spools are given up once logs are sealed; that takes a moment. */
  async #collected(): Promise<void> {
    const tasks = await this.#tasks()
    const isEmpty = () => overdue(this.#spools(), tasks).length === 0
    await until('spools are collected', isEmpty, 20_000).catch(() => undefined)
  }

  #spools(): string[] {
    return [...this.runners.values()]
      .filter(runner => runner.isRunning)
      .flatMap(runner => runner.spools())
  }

  async #tasks(): Promise<Json[]> {
    return this.query('SELECT * FROM tasks WHERE deployment_id IS NOT NULL ORDER BY number')
  }

  /** Asks the engine itself, past every proxy. */
  async query(sql: string): Promise<Json[]> {
    const db = createClient({ url: this.server.engineUrl, authToken: this.server.engineToken })
    try {
      return (await db.execute(sql)).rows.map(row => ({ ...row }))
    } finally {
      db.close()
    }
  }

  async #watchStates(): Promise<void> {
    while (this.#watching) {
      await this.#look().catch(() => undefined)
      await delay(WATCH_MS)
    }
  }

  async #look(): Promise<void> {
    const rows = await this.query(
      'SELECT id, concurrency_key, state, holds_key FROM tasks WHERE deployment_id IS NOT NULL',
    )
    const at = Date.now()
    const changed = rows
      .map(row => ({
        at,
        task: String(row.id),
        key: String(row.concurrency_key),
        state: String(row.state),
        holdsKey: Number(row.holds_key) === 1,
      }))
      .filter(({ task, state, holdsKey }) => this.#known.get(task) !== `${state} ${holdsKey}`)
    // What is seen at one instant is one step: ends are taken down before beginnings.
    changed.sort((left, right) => Number(isTerminal(right.state)) - Number(isTerminal(left.state)))
    for (const state of changed) {
      this.#known.set(state.task, `${state.state} ${state.holdsKey}`)
      this.#states.push(state)
    }
  }
}
