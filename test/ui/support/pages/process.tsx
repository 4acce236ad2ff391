import type { Child } from 'hono/jsx'
import { filled } from '../../../../ui/components/form.tsx'
import { ProcessPage } from '../../../../ui/projects/process-page.tsx'
import { ChooseStepPage, StepPage } from '../../../../ui/projects/step-page.tsx'
import type { Kit } from '../kit.ts'

export const processPages = (kit: Kit): [string, Child][] => {
  const { isLong, isEmpty, say, text, some, name, frame } = kit
  const { options, project } = kit
  return [
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
            place: text('Once, on a worker of the default pool'),
            notes: [text('2 retries'), 'required'],
            children: [],
            disabled: false,
            summary: text('./migrate.sh --wait'),
          },
          {
            id: 'b',
            name: text('Deploy the shop'),
            kind: 'group' as const,
            targetTags: [say('web'), say('web-canary')],
            condition: 'if everything before succeeded',
            withPrevious: false,
            place: 'at most 2 at once',
            notes: [],
            children: [
              {
                id: 'b1',
                name: text('Drain'),
                kind: 'script' as const,
                summary: text('./drain.sh'),
                disabled: false,
                notes: ['on a worker of the default pool'],
              },
              {
                id: 'b2',
                name: text('Swap'),
                kind: 'package' as const,
                summary: name('Shop.Web'),
                disabled: true,
                notes: [],
              },
            ],
            disabled: false,
            summary: '2 steps, one after the other on each target',
          },
          {
            id: 'c',
            name: text('Warm the caches'),
            kind: 'script' as const,
            targetTags: [say('cache')],
            condition: 'always',
            withPrevious: true,
            place: '',
            notes: [`only in ${name('Test')}, ${name('Production')}`],
            children: [],
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
            place: '',
            notes: ['finalizer: at the very end, whatever happened'],
            children: [],
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
        channels={some([{ value: 'Channels-1', label: name('Default') }])}
        pools={some([{ value: 'WorkerPools-1', label: name('Linux') }])}
        teams={some([{ value: 'Teams-1', label: name('Operations') }])}
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
                      window: "A window is a whole number from 1 to 10000; found '0'.",
                      timeout: "The time-out is in whole minutes, 1 to 43200; found '-1'.",
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
        channels={some([{ value: 'Channels-1', label: name('Default') }])}
        pools={some([{ value: 'WorkerPools-1', label: name('Linux') }])}
        teams={some([{ value: 'Teams-1', label: name('Operations') }])}
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
    [
      'step-manual',
      <StepPage
        frame={frame('/x')}
        project={project}
        kind="manual"
        stepId={isEmpty ? undefined : 'm'}
        isFirst={false}
        environments={options}
        channels={some([{ value: 'Channels-1', label: name('Default') }])}
        pools={[]}
        teams={some([
          { value: 'Teams-1', label: name('Operations') },
          { value: 'Teams-2', label: name('Quality') },
        ])}
        knownTags={[]}
        knownPackages={[]}
        form={
          isEmpty
            ? filled({ condition: 'Success' })
            : filled({
                name: text('Approve'),
                instructions: say('Look at **the graphs** of #{Octopus.Environment.Name}.'),
                responsibleTeams: ['Teams-1'],
                environments: ['Environments-3'],
              })
        }
      />,
    ],
    [
      'step-child',
      <StepPage
        frame={frame('/x')}
        project={project}
        kind="script"
        parent={{ id: 'b', name: text('Deploy the shop'), childId: isEmpty ? undefined : 'b1' }}
        isFirst={false}
        environments={options}
        channels={[]}
        pools={some([{ value: 'WorkerPools-1', label: name('Linux') }])}
        teams={[]}
        knownTags={[]}
        knownPackages={[]}
        form={filled({
          name: text('Drain'),
          runOn: 'behalf',
          workerPool: 'WorkerPools-1',
          retries: '2',
        })}
      />,
    ],
    [
      'step-group',
      <StepPage
        frame={frame('/x')}
        project={project}
        kind="group"
        stepId="b"
        isFirst={false}
        environments={options}
        channels={[]}
        pools={[]}
        teams={[]}
        knownTags={some([say('web')])}
        knownPackages={[]}
        form={filled({ name: text('Deploy the shop'), targetTags: 'web', window: '2' })}
      />,
    ],
  ]
}
