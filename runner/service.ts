import { execFileSync } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { programFile } from './commands.ts'

const NAME = 'slipway-runner'

/** Where units lie; tests have a folder of their own. */
const unitFile = () =>
  join(process.env.SLIPWAY_UNIT_FOLDER ?? '/etc/systemd/system', `${NAME}.service`)

/** The daemon alone is ended with the service: steps belong to supervisors, which it finds again. */
export const unitText = (root: string, program: string): string => `[Unit]
Description=Slipway runner
After=network-online.target
Wants=network-online.target

[Service]
ExecStart=${startCommand(program)} run --home ${quoteWord(root)}
Restart=always
RestartSec=2
KillMode=process
Delegate=yes
UMask=0077

[Install]
WantedBy=multi-user.target
`

const startCommand = (program: string): string =>
  [process.execPath, ...('Deno' in globalThis ? ['run', '-A'] : []), program]
    .map(quoteWord)
    .join(' ')

/** Words in a unit are quoted, and a percent sign is doubled. */
const quoteWord = (word: string) =>
  /^[\w./@:-]+$/.test(word)
    ? word
    : `"${word.replace(/[\\"]/g, '\\$&').replaceAll('%', '%%').replaceAll('$', '$$$$')}"`

export const installService = (root: string, printOnly: boolean): number => {
  const text = unitText(root, programFile())
  if (printOnly) return say(text.trimEnd())
  try {
    writeFileSync(unitFile(), text, { mode: 0o644 })
  } catch (error) {
    say(text)
    return complain(
      `Save this as ${unitFile()} as root, then enable the service (${reason(error)}).`,
    )
  }
  if (!systemctl('daemon-reload') || !systemctl('enable', '--now', NAME))
    return complain(
      `${unitFile()} is written, but systemd did not start it: see \`systemctl status ${NAME}\`.`,
    )
  return say(`The service ${NAME} is installed and started.`)
}

/** Steps in progress go on; what was deployed and the runner's own folder stay. */
export const uninstallService = (): number => {
  if (!existsSync(unitFile())) return complain(`There is no service ${NAME} on this machine.`)
  const isStopped = systemctl('disable', '--now', NAME)
  try {
    rmSync(unitFile())
  } catch (error) {
    return complain(`${unitFile()} cannot be removed: ${reason(error)}. Run this as root.`)
  }
  systemctl('daemon-reload')
  if (!isStopped) return complain(`${unitFile()} is removed, but systemd did not stop the service.`)
  return say(`The service ${NAME} is stopped and removed; the runner's folder is left as it is.`)
}

/** `active`, `failed`, … as systemd has it; undefined where no service is installed. */
export const serviceState = (): string | undefined => {
  if (!existsSync(unitFile())) return undefined
  try {
    return execFileSync('systemctl', ['is-active', NAME], { encoding: 'utf8' }).trim()
  } catch (error) {
    const { stdout } = error as { stdout?: string }
    return stdout?.trim() || 'unknown'
  }
}

export const showService = (): number => {
  const state = serviceState()
  if (state === undefined) return complain(`There is no service ${NAME} on this machine.`)
  say(`The service ${NAME} is ${state}.`)
  return state === 'active' ? 0 : 1
}

const systemctl = (...args: string[]): boolean => {
  try {
    execFileSync('systemctl', args, { stdio: 'inherit' })
    return true
  } catch {
    return false
  }
}

const reason = (error: unknown) => (error instanceof Error ? error.message : String(error))

const say = (line: string): number => {
  process.stdout.write(`${line}\n`)
  return 0
}

const complain = (line: string): number => {
  process.stderr.write(`${line}\n`)
  return 1
}
