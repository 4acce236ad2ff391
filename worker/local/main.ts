import { watch } from 'node:fs'
import { stop as stopEsbuild } from 'esbuild'
import { prepareAdministrator } from './administrator.ts'
import { build, buildIfOutdated } from './build.ts'
import { startRunnerAndSample } from './first-run.ts'
import { type Host, startHost } from './host.ts'
import { type Options, readOptions, USAGE } from './options.ts'
import { pathTo } from './paths.ts'
import { StartError } from './start-error.ts'

const say = (line: string): void => {
  process.stdout.write(`${line}\n`)
}
const complain = (line: string): void => {
  process.stderr.write(`${line}\n`)
}

/** `npm start`: everything on this machine, until Ctrl-C. */
const main = async (): Promise<void> => {
  const options = readOptions(process.argv.slice(2), process.env)
  if (options.help) {
    process.stdout.write(USAGE)
    return
  }
  await buildIfOutdated(complain).catch((error: unknown) => {
    throw new StartError(error instanceof Error ? error.message : String(error))
  })
  await stopEsbuild()
  const running = new AbortController()
  const undo: (() => Promise<void>)[] = []
  stopWhenAsked(running, undo)
  try {
    await start(options, running, undo)
  } catch (error) {
    if (running.signal.aborted) return
    running.abort()
    await stopAll(undo)
    throw error
  }
}

const start = async (
  options: Options,
  running: AbortController,
  undo: (() => Promise<void>)[],
): Promise<void> => {
  const starting = startHost({
    port: options.port,
    dataDir: options.dataDir,
    publicUrl: options.publicUrl,
    log: complain,
  })
  undo.push(async () => (await starting.catch(() => undefined))?.stop())
  const host = await starting
  void host.failed.then(error => {
    if (running.signal.aborted) return
    complain(`Slipway stops: ${error.message}`)
    process.exitCode = 1
    process.kill(process.pid, 'SIGTERM')
  })
  const { apiKey, signInUrl } = await prepareAdministrator(host, options.adminApiKey)
  say(`Portal: ${signInUrl}`)
  say(`API key: ${apiKey ?? 'made at an earlier start; give one with --admin-api-key'}`)
  const settled = startRunnerAndSample({
    host,
    apiKey,
    sample: options.sample,
    runner: options.runner,
    say,
    complain,
    onRunner: runner => undo.push(runner.stop),
    signal: running.signal,
  })
  await settled.catch((error: unknown) => {
    if (running.signal.aborted) return
    const reason = error instanceof Error ? error.message : String(error)
    complain(`The first start is not complete and goes on with the next one: ${reason}`)
  })
  if (options.watch) rebuildOnChange(host)
  if (!running.signal.aborted) say('Ready')
}

const stopAll = async (undo: (() => Promise<void>)[]): Promise<void> => {
  for (const step of undo.splice(0).reverse()) await step()
}

const stopWhenAsked = (running: AbortController, undo: (() => Promise<void>)[]): void => {
  const stop = async (): Promise<void> => {
    if (running.signal.aborted) return
    running.abort()
    await stopAll(undo)
    process.exit()
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  process.on('SIGHUP', stop)
  // A launcher that was killed closes the channel it started us with.
  process.on('disconnect', stop)
}

const QUIET_MS = 150

/** `npm run dev`: a change of the sources is built and taken up. */
const rebuildOnChange = (host: Host): void => {
  let timer: NodeJS.Timeout | undefined
  let last = Promise.resolve()
  const rebuild = async (): Promise<void> => {
    try {
      await build(complain)
      await host.reload()
      say('Built and taken up.')
    } catch (error) {
      complain(error instanceof Error ? error.message : String(error))
    }
  }
  for (const folder of ['worker', 'ui', 'runner']) {
    watch(pathTo(folder), { recursive: true }, () => {
      clearTimeout(timer)
      timer = setTimeout(() => {
        last = last.then(rebuild)
      }, QUIET_MS)
    })
  }
}

try {
  await main()
} catch (error) {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  complain(error instanceof StartError ? error.message : stack)
  process.exit(1)
}
