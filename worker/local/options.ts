import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { StartError } from './start-error.ts'

export interface Options {
  readonly port: number
  readonly dataDir: string
  readonly adminApiKey: string | undefined
  readonly publicUrl: string | undefined
  readonly sample: boolean
  readonly runner: boolean
  readonly watch: boolean
  readonly help: boolean
}

export const USAGE = `Usage: npm start -- [options]

  --port N               the portal's port (SLIPWAY_PORT, default 8787; 0 takes any free one)
  --data DIR             where everything is kept (SLIPWAY_DATA, default .slipway)
  --admin-api-key KEY    an API key for the administrator (SLIPWAY_ADMIN_API_KEY, API- and A-Z, 0-9)
  --no-sample            do not make the sample project at the first start
  --no-runner            do not start the local runner

SLIPWAY_PUBLIC_URL names the address by which others reach this server, when that is not its own.
`

/** Reads the command line over the environment. Throws a `StartError` that names what is wrong. */
export const readOptions = (
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Options => {
  const values = parse(args)
  return {
    port: readPort(values.port ?? (env.SLIPWAY_PORT || '8787')),
    dataDir: resolve(readDirectory(values.data ?? (env.SLIPWAY_DATA || '.slipway'))),
    adminApiKey: readKey(values['admin-api-key'] ?? (env.SLIPWAY_ADMIN_API_KEY || undefined)),
    publicUrl: readUrl(env.SLIPWAY_PUBLIC_URL || undefined),
    sample: values['no-sample'] !== true,
    runner: values['no-runner'] !== true,
    watch: values.watch === true,
    help: values.help === true,
  }
}

const parse = (args: readonly string[]) => {
  try {
    return parseArgs({
      args: [...args],
      options: {
        port: { type: 'string' },
        data: { type: 'string' },
        'admin-api-key': { type: 'string' },
        'no-sample': { type: 'boolean' },
        'no-runner': { type: 'boolean' },
        watch: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    }).values
  } catch (error) {
    const [reason] = (error instanceof Error ? error.message : String(error)).split('. ')
    throw new StartError(`${reason}. See npm start -- --help.`)
  }
}

const readPort = (text: string): number => {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (port <= 65_535) return port
  throw new StartError(`Expected --port to be a number from 0 to 65535, found "${text}".`)
}

const readDirectory = (text: string): string => {
  if (text.trim() !== '') return text
  throw new StartError('Expected --data to name a directory, found nothing.')
}

const readKey = (text: string | undefined): string | undefined => {
  if (text === undefined || /^API-[A-Z0-9]{1,100}$/.test(text)) return text
  throw new StartError(
    'Expected --admin-api-key to be API- followed by 1 to 100 capital letters and digits, like API-LOCAL123.',
  )
}

const readUrl = (text: string | undefined): string | undefined => {
  if (text === undefined) return undefined
  const url = URL.parse(text)
  if (url !== null && /^https?:$/.test(url.protocol)) return text.replace(/\/+$/, '')
  throw new StartError(
    `Expected SLIPWAY_PUBLIC_URL to be an address like https://slipway.example.com, found "${text}".`,
  )
}
