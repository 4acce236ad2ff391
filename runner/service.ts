import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { programFile } from './commands.ts'

const UNIT = '/etc/systemd/system/slipway-runner.service'

/** The daemon alone is ended with the service: steps belong to supervisors, which it finds again. */
export const unitText = (root: string, program: string): string => `[Unit]
Description=Slipway runner
After=network-online.target
Wants=network-online.target

[Service]
ExecStart=${quoteWord(process.execPath)} ${quoteWord(program)} run --home ${quoteWord(root)}
Restart=always
RestartSec=2
KillMode=process
UMask=0077

[Install]
WantedBy=multi-user.target
`

/** Words in a unit are quoted, and a percent sign is doubled. */
const quoteWord = (word: string) =>
  /^[\w./@:-]+$/.test(word)
    ? word
    : `"${word.replace(/[\\"]/g, '\\$&').replaceAll('%', '%%').replaceAll('$', '$$$$')}"`

export const installService = (root: string, printOnly: boolean): number => {
  const text = unitText(root, programFile())
  if (printOnly || process.platform !== 'linux' || process.getuid?.() !== 0) {
    process.stdout.write(text)
    if (!printOnly) process.stderr.write(`Save this as ${UNIT} as root, then enable the service.\n`)
    return printOnly ? 0 : 1
  }
  writeFileSync(UNIT, text, { mode: 0o644 })
  execFileSync('systemctl', ['daemon-reload'], { stdio: 'inherit' })
  execFileSync('systemctl', ['enable', '--now', 'slipway-runner'], { stdio: 'inherit' })
  process.stdout.write('The service slipway-runner is installed and started.\n')
  return 0
}
