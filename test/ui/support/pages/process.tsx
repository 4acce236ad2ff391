import type { Child } from 'hono/jsx'
import { filled } from '../../../../ui/components/form.tsx'
import { ProcessPage } from '../../../../ui/projects/process-page.tsx'
import { ChooseStepPage, StepPage } from '../../../../ui/projects/step-page.tsx'
import type { Kit } from '../kit.ts'

export const processPages = ({
  isLong,
  isEmpty,
  say,
  text,
  some,
  name,
  frame,
  options,
  project,
}: Kit): [string, Child][] => [
  [
    'process',
    <ProcessPage
      frame={frame('/projects/Projects-1/process')}
      project={{ ...project, disabled: isLong }}
      steps={some([
        {
          id: 'a',
          name: text('Migrate the database'),
          kind: 'script' as const,
          targetTags: [],
          condition: 'if everything before succeeded',
          withPrevious: false,
          environments: [],
          disabled: false,
          summary: text('./migrate.sh --wait'),
        },
        {
          id: 'b',
          name: text('Deploy the shop'),
          kind: 'package' as const,
          targetTags: [say('web'), say('web-canary')],
          condition: 'if everything before succeeded',
          withPrevious: false,
          environments: [],
          disabled: false,
          summary: name('Shop.Web'),
        },
        {
          id: 'c',
          name: text('Warm the caches'),
          kind: 'script' as const,
          targetTags: [say('cache')],
          condition: 'always',
          withPrevious: true,
          environments: [name('Test'), name('Production')],
          disabled: false,
          summary: 'curl -fsS localhost:8080/warm',
        },
        {
          id: 'd',
          name: text('Tell the team'),
          kind: 'other' as const,
          targetTags: [],
          condition: 'if something before failed',
          withPrevious: false,
          environments: [],
          disabled: true,
          summary: '',
        },
      ])}
    />,
  ],
  [
    'step-choose',
    <ChooseStepPage frame={frame('/projects/Projects-1/process/new-step')} project={project} />,
  ],
  [
    'step-script',
    <StepPage
      frame={frame('/x')}
      project={project}
      kind="script"
      stepId={isEmpty ? undefined : 'a'}
      isFirst={isEmpty}
      environments={options}
      knownTags={some(['web', 'cache', 'database'].map(say))}
      knownPackages={[]}
      form={
        isEmpty
          ? filled({ runOn: 'targets', syntax: 'Bash' })
          : {
              values: {
                name: text('Migrate the database'),
                runOn: 'server',
                targetTags: 'web, cache',
                syntax: 'Bash',
                scriptBody: say(
                  '\nset -eu\necho "Migrating #{Database.Name}"\n./migrate.sh --wait --connection "$(get_octopusvariable Database.Connection)"\n',
                ),
                environments: ['Environments-2'],
                condition: 'Always',
              },
              errors: isLong
                ? {
                    name: 'Another step of this process has this name.',
                    targetTags: 'A step on targets needs at least one tag.',
                  }
                : {},
            }
      }
    />,
  ],
  [
    'step-package',
    <StepPage
      frame={frame('/x')}
      project={project}
      kind="package"
      stepId="b"
      isFirst={false}
      environments={options}
      knownTags={['web']}
      knownPackages={some([name('Shop.Web')])}
      form={filled({
        name: text('Deploy the shop'),
        targetTags: 'web',
        packageId: name('Shop.Web'),
        substituteInFiles: 'settings.json\nconfig/**/*.xml',
        installDirectory: '/srv/shop',
        purge: 'true',
        postDeploy: 'systemctl reload shop',
      })}
    />,
  ],
]
