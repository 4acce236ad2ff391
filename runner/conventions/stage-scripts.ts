import { readdirSync, rmSync } from 'node:fs'
import { extname, join } from 'node:path'
import { runScriptText } from '../scripts/run.ts'
import { EXTENSIONS, type Syntax, syntaxOfExtension } from '../scripts/syntax.ts'
import { patiently } from '../workspace/patience.ts'
import { hasFeature, type PackageDeployment } from './deployment.ts'

export type Stage = 'PreDeploy' | 'Deploy' | 'PostDeploy' | 'DeployFailed'

/** Which of several packaged scripts is run on this system. */
const PREFERENCE = ['.sh', '.py', '.csx', '.ps1']

/** Scripts written in the step itself; all syntaxes that are there are run. */
export const runConfigured = async (deployment: PackageDeployment, stage: Stage): Promise<void> => {
  if (!hasFeature(deployment, 'Octopus.Features.CustomScripts')) return
  for (const syntax of Object.keys(EXTENSIONS) as Syntax[]) {
    const name = `Octopus.Action.CustomScripts.${stage}.${EXTENSIONS[syntax]}`
    const text = deployment.variables.get(name)
    if (!text?.trim()) continue
    deployment.log.say('verbose', `Running the ${stage} script of the step (${syntax})`)
    await runScriptText(deployment, { syntax, text, folder: deployment.folder, name: stage })
  }
}

/** The script that came in the top folder of the package. */
export const runPackaged = async (deployment: PackageDeployment, stage: Stage): Promise<void> => {
  const { variables, log, folder } = deployment
  if (!variables.getFlag('Octopus.Action.Package.RunScripts', true)) return
  const found = packagedScripts(folder, stage)
  const [script] = found
  if (script) {
    if (found.length > 1)
      log.say(
        'verbose',
        `There are several ${stage} scripts: ${script} is run, the others are not.`,
      )
    log.say('verbose', `Running ${script} of the package`)
    const syntax = syntaxOfExtension(extname(script).slice(1)) ?? extname(script)
    await runScriptText(deployment, { syntax, file: join(folder, script), folder, name: stage })
  }
  removePackaged(deployment, stage)
}

/** After their stage scripts are of no use, and must not be served by a web server. */
export const removePackaged = ({ variables, folder }: PackageDeployment, stage: Stage): void => {
  if (!variables.getFlag('OctopusDeleteScriptsOnCleanup', true)) return
  for (const name of packagedScripts(folder, stage))
    patiently(() => rmSync(join(folder, name), { force: true }))
}

const packagedScripts = (folder: string, stage: Stage): string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(({ name }) => name)
    .filter(name => name.slice(0, -extname(name).length).toLowerCase() === stage.toLowerCase())
    .filter(name => PREFERENCE.includes(extname(name).toLowerCase()))
    .sort((left, right) => rank(left) - rank(right))

const rank = (name: string) => PREFERENCE.indexOf(extname(name).toLowerCase())
