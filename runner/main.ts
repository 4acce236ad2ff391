import { resolve } from 'node:path'
import { parseArgs } from 'node:util'

const USAGE = `slipway runner

  register --server URL --token TOKEN --home DIR [--name NAME]   make this machine a runner
           [--no-updates] [--release-key KEY]                    never take new programs; only signed ones
  run --home DIR                                                 carry out what the server asks
  doctor --home DIR                                              say what works and what does not
  service install --home DIR [--print]                           start it with the machine (systemd)
  service status|uninstall --home DIR                            how it stands; take it away again
`

/** 0 done, 1 failed, 2 wrong command line. */
const main = async (): Promise<number> => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      server: { type: 'string' },
      token: { type: 'string' },
      home: { type: 'string' },
      name: { type: 'string' },
      print: { type: 'boolean' },
      'no-updates': { type: 'boolean' },
      'release-key': { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  const command = positionals.join(' ')
  if (values.help || command === '') return usage(values.help ? 0 : 2)
  if (!values.home)
    return usage(2, '--home DIR is missing: the folder this runner keeps its own in.')
  const root = resolve(values.home)
  switch (command) {
    case 'supervise': {
      const { supervise } = await import('./supervisor/supervise.ts')
      supervise(root)
      return forever()
    }
    case 'register': {
      if (!values.server || !values.token) return usage(2, 'register needs --server and --token.')
      const { registerCommand } = await import('./commands.ts')
      return registerCommand(root, {
        server: values.server,
        token: values.token,
        ...(values.name && { name: values.name }),
        ...(values['no-updates'] && { updates: false }),
        ...(values['release-key'] && { releaseKey: values['release-key'] }),
      })
    }
    case 'run': {
      const { runCommandLine } = await import('./commands.ts')
      return runCommandLine(root)
    }
    case 'doctor': {
      const { doctor } = await import('./doctor.ts')
      return doctor(root)
    }
    case 'service install': {
      const { installService } = await import('./service.ts')
      return installService(root, values.print ?? false)
    }
    case 'service uninstall': {
      const { uninstallService } = await import('./service.ts')
      return uninstallService()
    }
    case 'service status': {
      const { showService } = await import('./service.ts')
      return showService()
    }
    default:
      return usage(2, `There is no command ${command}.`)
  }
}

const usage = (code: number, problem?: string): number => {
  process[code === 0 ? 'stdout' : 'stderr'].write(problem ? `${problem}\n\n${USAGE}` : USAGE)
  return code
}

const forever = () => new Promise<never>(() => {})

main().then(
  code => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
    process.exit((error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') ? 2 : 1)
  },
)
