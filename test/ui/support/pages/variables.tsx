import type { Child } from 'hono/jsx'
import { filled } from '../../../../ui/components/form.tsx'
import { VariablesPage } from '../../../../ui/variables/variables-page.tsx'
import type { Kit } from '../kit.ts'

export const variablesPages = (kit: Kit): [string, Child][] => {
  const { isLong, say, text, some, name, frame, isEmpty } = kit
  const { options, project, paging, scope } = kit
  return [
    [
      'variables',
      <VariablesPage
        frame={frame('/projects/Projects-1/variables')}
        project={project}
        filters={{ text: '', kind: '', scopedTo: '', environments: options }}
        paging={{ ...paging, total: isEmpty ? 0 : isLong ? 10_000 : 5 }}
        included={some([{ id: 'LibraryVariableSets-1', name: name('Mail') }])}
        warnings={some([
          text(
            'Api.BaseUrl has two values that are just as specific: one for Production, one for Test. ' +
              'Where both apply, the one that was defined first holds.',
          ),
        ])}
        variables={some([
          {
            name: name('Api.BaseUrl'),
            values: [
              {
                id: 'v1',
                value: text('https://api.shop.example'),
                sensitive: false,
                description: '',
                scope: { ...scope, environments: [name('Production')] },
              },
              {
                id: 'v2',
                value: text('https://api.test.shop.example'),
                sensitive: false,
                description: text('Used by the smoke test too.'),
                scope: {
                  ...scope,
                  environments: [name('Development'), name('Test')],
                  targetTags: [name('web')],
                },
              },
            ],
          },
          {
            name: name('Database.Password'),
            values: [
              {
                id: 'v3',
                sensitive: true,
                description: '',
                scope: { ...scope, targets: [name('db-1')], steps: [name('Migrate the database')] },
              },
            ],
          },
          {
            name: name('Feature.Checkout'),
            values: [{ id: 'v4', value: '', sensitive: false, description: '', scope }],
          },
          {
            name: name('Greeting'),
            values: [
              {
                id: 'v5',
                value: text('Hello #{Octopus.Environment.Name}'),
                sensitive: false,
                description: '',
                scope,
              },
            ],
          },
        ])}
      />,
    ],
    [
      'variables-edit',
      <VariablesPage
        frame={frame('/projects/Projects-1/variables?edit=v2')}
        project={project}
        filters={{ text: 'api', kind: 'scoped', scopedTo: '', environments: options }}
        paging={{ page: 1, pageSize: 50, total: 1 }}
        included={[]}
        variables={[
          {
            name: name('Api.BaseUrl'),
            values: [
              {
                id: 'v2',
                value: text('https://api.test'),
                sensitive: false,
                description: '',
                scope,
              },
            ],
          },
        ]}
        editor={{
          variableId: 'v2',
          revision: 4,
          pools: some([{ value: 'WorkerPools-1', label: name('Default Worker Pool') }]),
          form: isLong
            ? {
                values: { name: name('Api.BaseUrl') },
                errors: { environments: 'The environment Environments-77 does not exist.' },
              }
            : filled({
                name: 'Api.BaseUrl',
                value: 'https://api.test',
                environments: ['Environments-1', 'Environments-2'],
                isPrompted: 'true',
                promptLabel: 'Where the API is',
                promptControl: 'Select',
                promptOptions: 'https://api.test|Test\nhttps://api.shop.example|Production',
              }),
          choices: {
            environments: options,
            targetTags: some(['web', 'cache']).map(value => ({ value, label: say(value) })),
            targets: some(['web-1', 'web-2', 'db-1']).map(value => ({ value, label: name(value) })),
            steps: some([{ value: 'a', label: text('Migrate the database') }]),
            channels: some([{ value: 'Channels-1', label: name('Default') }]),
          },
        }}
      />,
    ],
  ]
}
