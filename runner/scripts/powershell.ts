import { join } from 'node:path'
import { POWERSHELL_HELPERS } from './powershell-helpers.ts'
import { quoteForPowerShell } from './quote.ts'
import type { MakeFiles } from './run.ts'

/** The variables as JSON, the helper functions, the user's script, and a start file that reads
 *  them in this order. */
export const powershellFiles: MakeFiles = ({ path, folder, mark }, variables) => ({
  files: {
    // Encoded, as PowerShell turns text that looks like a date into one when it reads JSON.
    'Variables.json': JSON.stringify(
      variables.plain().map(({ name, value }) => [name, value].map(toBase64)),
    ),
    'Helpers.ps1': POWERSHELL_HELPERS,
    'Bootstrap.ps1': `$SlipwayMark = ${quoteForPowerShell(mark)}
. "$PSScriptRoot/Helpers.ps1"
foreach ($module in (Get-ChildItem "$PSScriptRoot/*.psm1")) { Import-Module $module.FullName -DisableNameChecking -Global }
$global:LASTEXITCODE = 0
. ${quoteForPowerShell(path)} @args
exit $LASTEXITCODE
`,
  },
  program: 'pwsh',
  args: [
    '-NoProfile',
    '-NoLogo',
    '-NonInteractive',
    '-ExecutionPolicy',
    'Unrestricted',
    '-File',
    join(folder, 'Bootstrap.ps1'),
  ],
})

const toBase64 = (text: string): string => Buffer.from(text).toString('base64')
