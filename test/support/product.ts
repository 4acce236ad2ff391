import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface ProductOptions {
  /** False unless given. */
  readonly sample?: boolean
  /** False unless given. */
  readonly runner?: boolean
  /** A new temporary one unless given; only that one is removed by `stop`. */
  readonly dataDir?: string
  readonly port?: number
  readonly adminApiKey?: string
  readonly env?: Readonly<Record<string, string>>
}

export interface Product {
  /** Without a trailing slash. */
  readonly url: string
  readonly apiKey: string
  readonly signInUrl: string
  readonly dataDir: string
  readonly process: ChildProcess
  /** What it has printed, standard output and errors together. */
  output(): string
  /** Stops it as Ctrl-C does. */
  stop(): Promise<void>
  /** Ends the host at once, as `kill -9` does; its data stay, and so does its workerd until the next start. */
  kill(): Promise<void>
}

const START = fileURLToPath(new URL('../../worker/local/start.mjs', import.meta.url))
const READY_MS = 120_000

/** Starts the whole product as `npm start` does, on a random port, and waits until it is ready. */
export const startProduct = async (options: ProductOptions = {}): Promise<Product> => {
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'slipway-product-')))
  const args = ['--port', String(options.port ?? 0), '--data', dataDir]
  if (options.sample !== true) args.push('--no-sample')
  if (options.runner !== true) args.push('--no-runner')
  if (options.adminApiKey !== undefined) args.push('--admin-api-key', options.adminApiKey)
  const child = spawn(process.execPath, [START, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env },
  })
  let output = ''
  child.stderr.on('data', chunk => {
    output += chunk
  })
  const ended = once(child, 'exit')
  const removeData = async () => {
    if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true })
  }
  const lines = createInterface(child.stdout)
  const ready = new Promise<void>((resolve, reject) => {
    const overdue = setTimeout(() => {
      child.kill('SIGKILL')
      reject(new Error(`Slipway was not ready within ${READY_MS / 1000} s:\n${output}`))
    }, READY_MS)
    lines.on('line', line => {
      output += `${line}\n`
      if (line !== 'Ready') return
      clearTimeout(overdue)
      resolve()
    })
    void ended.then(([code]) => {
      clearTimeout(overdue)
      reject(new Error(`Slipway ended with code ${code}:\n${output}`))
    })
  })
  try {
    await ready
  } catch (error) {
    await removeData()
    throw error
  }
  const said = (label: string) => new RegExp(`^${label}: (\\S+)$`, 'm').exec(output)?.[1] ?? ''
  const signInUrl = said('Portal')
  return {
    url: new URL(signInUrl).origin,
    apiKey: said('API key'),
    signInUrl,
    dataDir,
    process: child,
    output: () => output,
    stop: async () => {
      child.kill('SIGTERM')
      await ended
      await removeData()
    },
    kill: async () => {
      child.kill('SIGKILL')
      await ended
    },
  }
}
