import type { IconName } from '../components/icon.tsx'

/** `group`: a step of several, which run one after the other on each target. */
export type StepKind = 'script' | 'package' | 'manual' | 'group' | 'other'

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
  manual: {
    title: 'Manual intervention',
    text: 'Asks a person to look, decide or do something, and waits for the answer.',
    icon: 'waiting',
  },
  group: {
    title: 'Rolling step',
    text: 'Several steps, one after the other on each target.',
    icon: 'projects',
  },
  other: {
    title: 'Another kind',
    text: 'Made through the API; edit it there.',
    icon: 'configuration',
  },
}
