import type { FormFields } from '../http/form.ts'
import { listed } from '../http/portal-form.ts'
import type { Action } from './process.ts'
import {
  type Document,
  type FieldErrors,
  MANUAL,
  PACKAGE,
  type Properties,
  propertiesOf,
  put,
  SCRIPT,
} from './step-properties.ts'

/** What an action does: the kinds that the editor has forms for. */
export type ContentKind = 'script' | 'package' | 'manual'

const FEATURES = {
  directory: 'Octopus.Features.CustomDirectory',
  scripts: 'Octopus.Features.CustomScripts',
  substitute: 'Octopus.Features.SubstituteInFiles',
}
const STAGES = { preDeploy: 'PreDeploy', deploy: 'Deploy', postDeploy: 'PostDeploy' } as const
const EXTENSIONS: Record<string, string> = { Bash: 'sh', PowerShell: 'ps1', Python: 'py' }

/** What the editor can show of an action; undefined for kinds without a form. */
export const contentKindOf = (action: Action): ContentKind | undefined => {
  if (action.actionType === PACKAGE) return 'package'
  if (action.actionType === MANUAL) return 'manual'
  const source = action.properties['Octopus.Action.Script.ScriptSource'] ?? 'Inline'
  return action.actionType === SCRIPT && source === 'Inline' ? 'script' : undefined
}

/** The package, the first line of the script that does something, or what is asked. */
export const contentSummary = (action: Action): string => {
  const [reference] = action.packages
  if (reference) return reference.packageId
  const text =
    action.properties['Octopus.Action.Script.ScriptBody'] ??
    action.properties['Octopus.Action.Manual.Instructions'] ??
    ''
  const line = text.split('\n').find(each => /^\s*[^\s#]/.test(each) && !/^\s*set\s+-/.test(each))
  return (line ?? '').trim().slice(0, 120)
}

export const contentValues = (action: Action): Record<string, string | string[]> => {
  const property = (name: string) => action.properties[`Octopus.Action.${name}`] ?? ''
  const syntax = Object.entries(EXTENSIONS).find(([, extension]) =>
    Object.values(STAGES).some(stage => property(`CustomScripts.${stage}.${extension}`) !== ''),
  )?.[0]
  const script = (stage: string) =>
    property(`CustomScripts.${stage}.${EXTENSIONS[syntax ?? 'Bash']}`)
  return {
    syntax: property('Script.Syntax') || 'Bash',
    scriptBody: property('Script.ScriptBody'),
    packageId: action.packages[0]?.packageId ?? '',
    substituteInFiles: property('SubstituteInFiles.TargetFiles'),
    installDirectory: property('Package.CustomInstallationDirectory'),
    purge: String(
      isTrue(property('Package.CustomInstallationDirectoryShouldBePurgedBeforeDeployment')),
    ),
    scriptSyntax: syntax ?? 'Bash',
    preDeploy: script(STAGES.preDeploy),
    deploy: script(STAGES.deploy),
    postDeploy: script(STAGES.postDeploy),
    instructions: property('Manual.Instructions'),
    responsibleTeams: listed(property('Manual.ResponsibleTeamIds')),
    blocksOthers: String(isTrue(property('Manual.BlockConcurrentDeployments'))),
  }
}

const isTrue = (text: string) => text.toLowerCase() === 'true'

export const contentErrors = (kind: ContentKind, form: FormFields): FieldErrors => {
  if (kind === 'script' && form.text('scriptBody').trim() === '')
    return { scriptBody: 'The script is empty; write what the step shall do.' }
  if (kind === 'package' && form.text('packageId').trim() === '')
    return { packageId: 'Name the package to deploy.' }
  if (kind === 'manual' && form.text('instructions').trim() === '')
    return { instructions: 'Say what the person who is asked shall do or decide.' }
  return {}
}

/** The content's part of an action; its other properties stay. */
export const contentOf = (
  kind: ContentKind,
  form: FormFields,
  before: Document | undefined,
  feedId: string,
): Document => {
  const properties = propertiesOf(before)
  switch (kind) {
    case 'script':
      return {
        ActionType: SCRIPT,
        Properties: put(properties, {
          'Octopus.Action.Script.ScriptSource': 'Inline',
          'Octopus.Action.Script.Syntax': form.text('syntax') || 'Bash',
          'Octopus.Action.Script.ScriptBody': form.text('scriptBody'),
        }),
      }
    case 'manual':
      return {
        ActionType: MANUAL,
        Properties: put(properties, {
          'Octopus.Action.Manual.Instructions': form.text('instructions'),
          'Octopus.Action.Manual.ResponsibleTeamIds': form.list('responsibleTeams').join(','),
          'Octopus.Action.Manual.BlockConcurrentDeployments': form.flag('blocksOthers')
            ? 'True'
            : '',
        }),
      }
    case 'package':
      return packageContent(form, before, feedId)
  }
}

const packageContent = (
  form: FormFields,
  before: Document | undefined,
  feedId: string,
): Document => {
  const properties = propertiesOf(before)
  const packageId = form.text('packageId').trim()
  const [reference, ...others] = (before?.Packages as Document[] | undefined) ?? []
  return {
    ActionType: PACKAGE,
    Packages: [
      {
        Name: '',
        FeedId: feedId,
        AcquisitionLocation: 'Server',
        Properties: {},
        ...reference,
        PackageId: packageId,
      },
      ...others,
    ],
    Properties: put(properties, packageProperties(form, properties, packageId, feedId)),
  }
}

const packageProperties = (
  form: FormFields,
  before: Properties,
  packageId: string,
  feedId: string,
): Record<string, string> => {
  const directory = form.text('installDirectory').trim()
  const files = form.text('substituteInFiles').trim()
  const extension = EXTENSIONS[form.text('scriptSyntax')] ?? 'sh'
  const scripts: Record<string, string> = {}
  for (const [field, stage] of Object.entries(STAGES))
    for (const each of Object.values(EXTENSIONS))
      scripts[`Octopus.Action.CustomScripts.${stage}.${each}`] =
        each === extension ? form.text(field) : ''
  const hasScripts = Object.values(scripts).some(text => text.trim() !== '')
  return {
    'Octopus.Action.Package.PackageId': packageId,
    'Octopus.Action.Package.FeedId': feedId,
    'Octopus.Action.SubstituteInFiles.Enabled': files ? 'True' : '',
    'Octopus.Action.SubstituteInFiles.TargetFiles': files,
    'Octopus.Action.Package.CustomInstallationDirectory': directory,
    'Octopus.Action.Package.CustomInstallationDirectoryShouldBePurgedBeforeDeployment':
      directory && form.flag('purge') ? 'True' : '',
    ...scripts,
    'Octopus.Action.EnabledFeatures': features(before, {
      [FEATURES.directory]: directory !== '',
      [FEATURES.scripts]: hasScripts,
      [FEATURES.substitute]: files !== '',
    }),
  }
}

const features = (before: Properties, wanted: Record<string, boolean>): string => {
  const known = listed(String(before['Octopus.Action.EnabledFeatures'] ?? ''))
  const others = known.filter(name => wanted[name] === undefined)
  return [...others, ...Object.keys(wanted).filter(name => wanted[name])].join(',')
}
