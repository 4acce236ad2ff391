import type { Child } from 'hono/jsx'
import { filled } from '../../../../ui/components/form.tsx'
import { IncludedSetsPage } from '../../../../ui/variables/included-sets-page.tsx'
import {
  LibrarySetPage,
  LibrarySetsPage,
  NewLibrarySetPage,
  ScriptModulesPage,
} from '../../../../ui/variables/library-pages.tsx'
import { OutputsPage } from '../../../../ui/variables/outputs-page.tsx'
import { PreviewPage } from '../../../../ui/variables/preview-page.tsx'
import { ScriptModulePage } from '../../../../ui/variables/script-module-page.tsx'
import type { Kit } from '../kit.ts'

const LANGUAGES = [
  { value: 'Bash', label: 'Bash' },
  { value: 'PowerShell', label: 'PowerShell' },
]

/** Where values are looked at, and what projects share of them. */
export const variableLibraryPages = (kit: Kit): [string, Child][] => {
  const { isLong, isEmpty, say, text, some, name, frame, options, project, paging, scope, wrong } =
    kit
  const value = (shown: string, source: string, rule: string, environment?: string) => ({
    sensitive: false,
    value: text(shown),
    scope: { ...scope, environments: environment ? [name(environment)] : [] },
    source: name(source),
    rule,
  })
  const rows = some([
    {
      id: 'LibraryVariableSets-1',
      name: name('Mail'),
      description: text('Hosts.'),
      projectCount: 3,
    },
    { id: 'LibraryVariableSets-2', name: name('Proxy'), description: '', projectCount: 0 },
  ])
  return [
    [
      'variables-preview',
      <PreviewPage
        frame={frame('/projects/Projects-1/variables/preview?environment=Environments-3')}
        project={project}
        filter={isEmpty ? 'mail' : ''}
        paging={paging}
        problem={isLong ? say("There is no environment 'Moon' here.") : undefined}
        isPartial={!isEmpty}
        pickers={[
          {
            name: 'environment',
            label: 'Environment',
            none: 'any',
            options,
            chosen: 'Environments-3',
          },
          { name: 'machine', label: 'Target', none: 'no target', options: [], chosen: '' },
          { name: 'role', label: 'Target tag', none: 'no tag', options: [], chosen: '' },
          { name: 'action', label: 'Step', none: 'no step', options: [], chosen: '' },
          { name: 'channel', label: 'Channel', none: 'any', options: [], chosen: '' },
        ]}
        rows={some([
          {
            ...value('https://#{Host}/', 'Shop', 'It is scoped to this environment.', 'Production'),
            name: name('Api.BaseUrl'),
            evaluated: text('https://shop.example/'),
            tie: false,
            behind: [
              value('http://localhost', 'Shop', 'It is scoped to this environment.'),
              value('http://mail', 'Mail', 'It is scoped to this environment.'),
            ],
            elsewhere: [value('https://test', 'Shop', 'It is for other environments.', 'Test')],
          },
          {
            ...value('', 'Shop', 'It is the only value that applies here.'),
            sensitive: true,
            name: name('Database.Password'),
            tie: false,
            behind: [],
            elsewhere: [],
          },
          {
            ...value(
              'Hello #{Missing}',
              'Mail',
              'Another value is just as specific; this one was defined first.',
            ),
            name: name('Greeting'),
            problem: say("The following tokens were unable to be evaluated: '#{Missing}'"),
            tie: true,
            behind: [value('Good day', 'Mail', 'Another value is just as specific.')],
            elsewhere: [],
          },
        ])}
      />,
    ],
    [
      'library-sets',
      <LibrarySetsPage
        frame={frame('/library/variable-sets')}
        rows={rows}
        paging={paging}
        mayCreate={!isLong}
      />,
    ],
    [
      'library-set-new',
      <NewLibrarySetPage
        frame={frame('/library/variable-sets/new')}
        form={isLong ? wrong : filled()}
      />,
    ],
    [
      'library-set',
      <LibrarySetPage
        frame={frame('/library/variable-sets/LibraryVariableSets-1')}
        set={{ id: 'LibraryVariableSets-1', name: name('Mail'), description: text('Hosts.') }}
        users={some([{ id: 'Projects-1', name: name('Shop') }])}
        mayEdit
        mayDelete={isEmpty}
        form={isLong ? wrong : filled({ name: 'Mail', description: 'Hosts.' })}
        filters={{ text: '', kind: '', scopedTo: '', environments: options }}
        paging={isEmpty ? { page: 1, pageSize: 50, total: 0 } : { page: 1, pageSize: 50, total: 1 }}
        variables={some([
          {
            name: name('Mail.Host'),
            values: [
              {
                id: 'm1',
                value: text('mx.shop.example'),
                sensitive: false,
                description: '',
                scope,
                marks: [text('Asked when deploying: Which host? (required)')],
              },
            ],
          },
        ])}
      />,
    ],
    [
      'script-modules',
      <ScriptModulesPage
        frame={frame('/library/script-modules')}
        rows={rows}
        paging={paging}
        mayCreate
      />,
    ],
    [
      'script-module',
      <ScriptModulePage
        frame={frame('/library/script-modules/LibraryVariableSets-3')}
        module={isEmpty ? undefined : { id: 'LibraryVariableSets-3', name: name('Notify') }}
        form={
          isLong ? wrong : filled({ name: 'Notify', language: 'Bash', body: 'notify() { :; }' })
        }
        languages={LANGUAGES}
        users={some([{ id: 'Projects-1', name: name('Shop') }])}
        mayEdit
        mayDelete
      />,
    ],
    [
      'outputs',
      <OutputsPage
        frame={frame('/deployments/Deployments-1/outputs')}
        deployment={{ id: 'Deployments-1', name: text('Deploy to Staging') }}
        paging={paging}
        rows={some([
          { step: name('Build'), target: name('web-1'), name: name('Port'), value: text('8080') },
          { step: name('Log in'), name: name('Token') },
          { step: name('Log in'), name: name('Note'), value: '' },
        ])}
      />,
    ],
    [
      'included-sets',
      <IncludedSetsPage
        frame={frame('/projects/Projects-1/variables/library-sets')}
        project={project}
        form={filled({ sets: ['LibraryVariableSets-1'] })}
        sets={rows.map(row => ({
          value: row.id,
          label: row.name,
          hint: row.description || undefined,
        }))}
        modules={some([{ value: 'LibraryVariableSets-3', label: name('Notify') }])}
      />,
    ],
  ]
}
