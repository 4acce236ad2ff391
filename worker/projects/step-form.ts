import type { FormState } from '../../ui/components/form.tsx'
import type { StepKind } from '../../ui/projects/step-kind.ts'
import type { FormFields } from '../http/form.ts'
import { listed } from '../http/portal-form.ts'
import { invalid } from '../http/problem.ts'
import { runsOnServer, type Step, targetTags } from './process.ts'

const SCRIPT = 'Octopus.Script'
const PACKAGE = 'Octopus.TentaclePackage'
const FEATURES = {
  directory: 'Octopus.Features.CustomDirectory',
  scripts: 'Octopus.Features.CustomScripts',
  substitute: 'Octopus.Features.SubstituteInFiles',
}
const STAGES = { preDeploy: 'PreDeploy', deploy: 'Deploy', postDeploy: 'PostDeploy' } as const
const EXTENSIONS: Record<string, string> = { Bash: 'sh', PowerShell: 'ps1', Python: 'py' }

/** What the editor can show: one action of the two kinds it has forms for. */
export const kindOf = ({ actions }: Step): StepKind => {
  const [action, more] = actions
  if (more || !action) return 'other'
  if (action.actionType === PACKAGE) return 'package'
  const source = action.properties['Octopus.Action.Script.ScriptSource'] ?? 'Inline'
  return action.actionType === SCRIPT && source === 'Inline' ? 'script' : 'other'
}

/** The package, or the first line of the script that does something. */
export const summaryOf = (step: Step): string => {
  const [action] = step.actions
  if (!action) return ''
  const [reference] = action.packages
  if (reference) return reference.packageId
  const body = action.properties['Octopus.Action.Script.ScriptBody'] ?? ''
  const line = body.split('\n').find(each => /^\s*[^\s#]/.test(each) && !/^\s*set\s+-/.test(each))
  return (line ?? '').trim().slice(0, 120)
}

/** The fields of the form that a stored step fills. */
export const valuesOf = (step: Step): FormState['values'] => {
  const [action] = step.actions
  const property = (name: string) => action?.properties[`Octopus.Action.${name}`] ?? ''
  const syntax = Object.entries(EXTENSIONS).find(([, extension]) =>
    Object.values(STAGES).some(stage => property(`CustomScripts.${stage}.${extension}`) !== ''),
  )?.[0]
  const script = (stage: string) =>
    property(`CustomScripts.${stage}.${EXTENSIONS[syntax ?? 'Bash']}`)
  return {
    name: step.name,
    targetTags: targetTags(step).join(', '),
    runOn: action && runsOnServer(action) ? 'server' : 'targets',
    condition: step.condition,
    conditionExpression: step.properties['Octopus.Step.ConditionVariableExpression'] ?? '',
    startTrigger: step.startTrigger,
    environments: action?.environments ?? [],
    isDisabled: String(action?.isDisabled ?? false),
    syntax: property('Script.Syntax') || 'Bash',
    scriptBody: property('Script.ScriptBody'),
    packageId: action?.packages[0]?.packageId ?? '',
    substituteInFiles: property('SubstituteInFiles.TargetFiles'),
    installDirectory: property('Package.CustomInstallationDirectory'),
    purge: String(
      property(
        'Package.CustomInstallationDirectoryShouldBePurgedBeforeDeployment',
      ).toLowerCase() === 'true',
    ),
    scriptSyntax: syntax ?? 'Bash',
    preDeploy: script(STAGES.preDeploy),
    deploy: script(STAGES.deploy),
    postDeploy: script(STAGES.postDeploy),
  }
}

type Document = Record<string, unknown>
type Properties = Record<string, unknown>

/**
 * The step that a filled form describes, in the API's words. What the form does not show of the
 * step as it was stays.
 * @throws Problem `invalid` with the fields that are wrong
 */
export const stepFrom = (
  kind: StepKind,
  form: FormFields,
  before: Document | undefined,
  feedId: string,
): Document & { Name: string } => {
  check(kind, form)
  const [actionBefore] = (before?.Actions as Document[] | undefined) ?? []
  const onServer = kind === 'script' && form.text('runOn') === 'server'
  const name = form.text('name').trim()
  const action = {
    ...actionBefore,
    Name: name,
    IsDisabled: form.flag('isDisabled'),
    Environments: form.list('environments'),
    ...(kind === 'other' ? {} : actionOf(kind, form, actionBefore, feedId, onServer)),
  }
  return {
    ...before,
    Name: name,
    Condition: form.text('condition') || 'Success',
    StartTrigger: form.text('startTrigger') || 'StartAfterPrevious',
    Properties: put((before?.Properties as Properties | undefined) ?? {}, {
      'Octopus.Action.TargetRoles': onServer ? '' : listed(form.text('targetTags')).join(','),
      'Octopus.Step.ConditionVariableExpression':
        form.text('condition') === 'Variable' ? form.text('conditionExpression') : '',
    }),
    Actions:
      kind === 'other'
        ? [action, ...((before?.Actions as Document[] | undefined) ?? []).slice(1)]
        : [action],
  }
}

const check = (kind: StepKind, form: FormFields): void => {
  const fields: Record<string, string> = {}
  if (form.text('name').trim() === '') fields.name = 'A step needs a name.'
  const onServer = kind === 'script' && form.text('runOn') === 'server'
  if (kind !== 'other' && !onServer && listed(form.text('targetTags')).length === 0)
    fields.targetTags = 'A step that runs on targets needs at least one tag.'
  if (kind === 'script' && form.text('scriptBody').trim() === '')
    fields.scriptBody = 'The script is empty; write what the step shall do.'
  if (kind === 'package' && form.text('packageId').trim() === '')
    fields.packageId = 'Name the package to deploy.'
  if (form.text('condition') === 'Variable' && form.text('conditionExpression').trim() === '')
    fields.conditionExpression = 'This condition needs an expression.'
  const sentences = Object.values(fields)
  if (sentences.length > 0) throw invalid(sentences.join(' '), fields)
}

const actionOf = (
  kind: 'script' | 'package',
  form: FormFields,
  before: Document | undefined,
  feedId: string,
  onServer: boolean,
): Document => {
  const properties = (before?.Properties as Properties | undefined) ?? {}
  if (kind === 'script')
    return {
      ActionType: SCRIPT,
      Properties: put(properties, {
        'Octopus.Action.RunOnServer': onServer ? 'True' : 'False',
        'Octopus.Action.Script.ScriptSource': 'Inline',
        'Octopus.Action.Script.Syntax': form.text('syntax') || 'Bash',
        'Octopus.Action.Script.ScriptBody': form.text('scriptBody'),
      }),
    }
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

/** An empty text takes the property away. */
const put = (before: Properties, values: Record<string, string>): Properties => {
  const after = { ...before }
  for (const [name, value] of Object.entries(values))
    if (value === '') delete after[name]
    else after[name] = value
  return after
}
