import type { IconName } from '../components/icon.tsx'

export type StepKind = 'script' | 'package' | 'other'

export const stepKinds: Record<StepKind, { title: string; text: string; icon: IconName }> = {
  script: {
    title: 'Run a script',
    text: 'Bash, PowerShell or Python, written here, on each target or once on the server.',
    icon: 'script',
  },
  package: {
    title: 'Deploy a package',
    text: 'Extracts a package on each target, substitutes variables in its files and runs its scripts.',
    icon: 'package',
  },
  other: {
    title: 'Another kind',
    text: 'Made through the API; edit it there.',
    icon: 'configuration',
  },
}
