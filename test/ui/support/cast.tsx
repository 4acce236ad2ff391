import type { Child } from 'hono/jsx'
import { ApiKeysPage } from '../../../ui/access/api-keys-page.tsx'
import { FirstRunPage, LinkUsedPage } from '../../../ui/access/first-run-page.tsx'
import { SignInPage } from '../../../ui/access/sign-in-page.tsx'
import { ConfirmPage } from '../../../ui/components/confirm-page.tsx'
import { type FormState, filled } from '../../../ui/components/form.tsx'
import { ProblemPage } from '../../../ui/components/problem-page.tsx'
import type { Status } from '../../../ui/components/status.tsx'
import { ConfigurationPage } from '../../../ui/configuration/configuration-page.tsx'
import { DashboardPage } from '../../../ui/dashboard/dashboard-page.tsx'
import { DeploymentPage } from '../../../ui/deployments/deployment-page.tsx'
import type { LogLevel, LogLine } from '../../../ui/deployments/log.tsx'
import type { Frame, Theme } from '../../../ui/frame.tsx'
import { EnvironmentPage, EnvironmentsPage } from '../../../ui/infrastructure/environments-page.tsx'
import { NewTargetPage } from '../../../ui/infrastructure/new-target-page.tsx'
import { TargetPage } from '../../../ui/infrastructure/target-page.tsx'
import { TargetsPage } from '../../../ui/infrastructure/targets-page.tsx'
import { WorkerPoolsPage } from '../../../ui/infrastructure/worker-pools-page.tsx'
import { LifecyclePage } from '../../../ui/lifecycles/lifecycle-page.tsx'
import { LifecyclesPage } from '../../../ui/lifecycles/lifecycles-page.tsx'
import { links } from '../../../ui/links.ts'
import { PackagePage } from '../../../ui/packages/package-page.tsx'
import { PackagesPage } from '../../../ui/packages/packages-page.tsx'
import { UploadPage } from '../../../ui/packages/upload-page.tsx'
import { ProjectOverviewPage } from '../../../ui/projects/overview-page.tsx'
import { ProcessPage } from '../../../ui/projects/process-page.tsx'
import { NewProjectPage, ProjectSettingsPage } from '../../../ui/projects/project-form.tsx'
import { ProjectsPage } from '../../../ui/projects/projects-page.tsx'
import { ChooseStepPage, StepPage } from '../../../ui/projects/step-page.tsx'
import { VariablesPage } from '../../../ui/projects/variables-page.tsx'
import { DeployPage } from '../../../ui/releases/deploy-page.tsx'
import { NewReleasePage } from '../../../ui/releases/new-release-page.tsx'
import { ReleasePage } from '../../../ui/releases/release-page.tsx'
import { ReleasesPage } from '../../../ui/releases/releases-page.tsx'
import { SearchPage } from '../../../ui/search/search-page.tsx'
import { TasksPage } from '../../../ui/tasks/tasks-page.tsx'

/** `usual`: what a team sees; `long`: texts at the limits; `empty`: the first day. */
export type Amount = 'usual' | 'long' | 'empty'

export type NamedPage = { name: string; page: Child }

export const NOW = Date.UTC(2026, 10, 23, 14, 30)
const MINUTE = 60_000
const HOUR = 60 * MINUTE

export const frameFor = (theme: Theme, path = '/', extra: Partial<Frame> = {}): Frame => ({
  user: { name: 'Ada' },
  spaceName: 'Default',
  theme,
  csrf: 'csrf-token',
  now: NOW,
  path,
  activeTasks: 2,
  ...extra,
})

/** Every page, with that amount of data; `say` turns each text of users, to plant what an attacker would. */
export const allPages = (
  theme: Theme,
  amount: Amount,
  say: (text: string) => string = text => text,
): NamedPage[] => {
  const isLong = amount === 'long'
  const isEmpty = amount === 'empty'
  const text = (usual: string, long = `${usual} `.repeat(14).trim()) => say(isLong ? long : usual)
  const some = <T,>(items: T[]): T[] => (isEmpty ? [] : items)
  const name = (usual: string) =>
    text(usual, `${usual}-of-the-international-wholesale-department-for-northern-europe`)
  const frame = (path: string, extra: Partial<Frame> = {}) =>
    frameFor(theme, path, { activeTasks: isEmpty ? 0 : 2, user: { name: name('Ada') }, ...extra })

  const environments = some(
    (isLong
      ? [
          'Development',
          'Integration',
          'Test',
          'Acceptance',
          'Staging',
          'Production-EU',
          'Production-US',
        ]
      : ['Development', 'Test', 'Production']
    ).map((each, index) => ({ id: `Environments-${index + 1}`, name: name(each) })),
  )
  const options = environments.map(({ id, name: label }) => ({ value: id, label }))
  const project = {
    id: 'Projects-1',
    name: name('Shop'),
    group: name('Web'),
    description: isEmpty ? '' : text('The public shop and its back office.'),
  }
  const version = isLong
    ? say('2026.11.23-feature-checkout-redesign.1043+sha.8f3a91c2')
    : say('1.4.2')
  const paging = isEmpty
    ? { page: 1, pageSize: 30, total: 0 }
    : isLong
      ? { page: 2, pageSize: 30, total: 412 }
      : { page: 1, pageSize: 30, total: 3 }
  const wrong: FormState = {
    values: { name: text('Shop') },
    errors: { name: `A project named ${text('Shop')} exists already. Choose another name.` },
  }
  const statuses: Status[] = [
    'success',
    'failed',
    'running',
    'queued',
    'cancelled',
    'waiting',
    'skipped',
    'blocked',
    'warning',
  ]
  const scope = { environments: [], targetTags: [], targets: [], steps: [] }

  const pages: [string, Child][] = [
    [
      'sign-in',
      <SignInPage
        frame={{ ...frame('/sign-in'), user: undefined }}
        form={
          isLong
            ? {
                values: { username: text('ada') },
                errors: {
                  '': 'Username or password is wrong. After ten attempts you have to wait a minute.',
                },
              }
            : filled()
        }
        returnTo="/projects"
      />,
    ],
    [
      'first-run',
      <FirstRunPage
        frame={{ ...frame('/sign-in/x'), user: undefined }}
        token="token"
        form={
          isLong
            ? {
                values: { username: 'ada' },
                errors: { password: 'A password has at least 12 characters; this one has 5.' },
              }
            : filled({ username: 'admin' })
        }
      />,
    ],
    ['link-used', <LinkUsedPage frame={{ ...frame('/sign-in/x'), user: undefined }} />],
    [
      'problem',
      <ProblemPage
        frame={frame('/projects/x')}
        status={404}
        message={text('There is no project Projects-99 in this space.')}
        requestId="8f3a91c2"
      />,
    ],
    [
      'confirm',
      <ConfirmPage
        frame={frame('/x')}
        section="infrastructure"
        crumbs={[{ href: '/infrastructure/targets', title: 'Targets' }]}
        title={`Delete target ${name('web-1')}?`}
        consequence="Its runner can no longer sign in. What it deployed stays on the machine."
        verb="Delete target"
        action="/x"
        back="/infrastructure/targets"
      />,
    ],
    [
      'api-keys',
      <ApiKeysPage
        frame={frame('/account/api-keys')}
        keys={some([
          {
            id: 'apikeys-1',
            purpose: text('Build server'),
            hint: 'API-7QX…',
            createdAt: NOW - 40 * 24 * HOUR,
            lastUsedAt: NOW - 4 * MINUTE,
          },
          {
            id: 'apikeys-2',
            purpose: text('Ada’s laptop'),
            hint: 'API-K91…',
            createdAt: NOW - 3 * HOUR,
            expiresAt: NOW + 30 * 24 * HOUR,
          },
        ])}
        form={filled()}
        created={
          isLong
            ? { key: 'API-7QX2K9MPLQ4ZT8WVN3HC6RBD1YFJS5A', purpose: text('Build server') }
            : undefined
        }
      />,
    ],
    [
      'dashboard',
      <DashboardPage
        frame={frame(
          '/',
          isLong
            ? { flash: { kind: 'success', message: text('Shop 1.4.2 is on its way to Test.') } }
            : {},
        )}
        environments={environments}
        paging={paging}
        attention={some([
          {
            deploymentId: 'Deployments-9',
            status: 'failed' as const,
            project: name('Shop'),
            version,
            environment: name('Production'),
            reason: text('web-2: the script ended with exit code 3.'),
            at: NOW - 12 * MINUTE,
          },
          {
            deploymentId: 'Deployments-10',
            status: 'running' as const,
            project: name('Billing'),
            version,
            environment: name('Test'),
            at: NOW - 40_000,
          },
          {
            deploymentId: 'Deployments-11',
            status: 'queued' as const,
            project: name('Search'),
            version,
            environment: name('Development'),
            reason: text('Waits for Search 3.1.0, which runs there now.'),
            at: NOW - 5_000,
          },
        ])}
        groups={some(['Web', 'Platform']).map((group, g) => ({
          id: `ProjectGroups-${g}`,
          name: name(group),
          projects: (g === 0 ? ['Shop', 'Billing', 'Search'] : ['Identity', 'Message bus']).map(
            (each, p) => ({
              id: `Projects-${g}${p}`,
              name: name(each),
              disabled: each === 'Identity',
              environmentIds: environments.map(({ id }) => id).slice(0, each === 'Search' ? 2 : 99),
              cells: environments
                .slice(0, each === 'Message bus' ? 0 : isLong ? 7 : 3 - (p % 3))
                .map((environment, e) => ({
                  environmentId: environment.id,
                  deploymentId: `Deployments-${g}${p}${e}`,
                  releaseId: 'Releases-1',
                  version: isLong ? version : say(`1.${4 - e}.${p}`),
                  status: statuses[(g + p * 2 + e) % (e === 0 ? 1 : 3)] ?? 'success',
                  at: NOW - (e * 26 + p + 1) * HOUR,
                  behind: e === 2,
                  previousVersion: e === 1 && p === 0 ? version : undefined,
                })),
              next:
                p === 1
                  ? { releaseId: 'Releases-2', version, environmentId: 'Environments-3' }
                  : undefined,
            }),
          ),
        }))}
        groupFilter={{
          all: [
            { id: 'ProjectGroups-0', name: name('Web') },
            { id: 'ProjectGroups-1', name: name('Platform') },
          ],
        }}
      />,
    ],
    [
      'projects',
      <ProjectsPage
        frame={frame('/projects')}
        filter={isLong ? text('shop') : ''}
        paging={paging}
        projects={some(['Shop', 'Billing', 'Search', 'Identity']).map((each, index) => ({
          id: `Projects-${index}`,
          name: name(each),
          description: index === 1 ? '' : text('The public shop and its back office.'),
          group: name('Web'),
          lifecycle: name('Default Lifecycle'),
          disabled: index === 3,
          latestRelease:
            index === 2 ? undefined : { id: 'Releases-1', version, at: NOW - index * 7 * HOUR },
        }))}
      />,
    ],
    [
      'project-new',
      <NewProjectPage
        frame={frame('/projects/new')}
        form={isLong ? wrong : filled()}
        groups={[{ value: 'ProjectGroups-1', label: name('Default Project Group') }]}
        lifecycles={[{ value: 'Lifecycles-1', label: name('Default Lifecycle') }]}
      />,
    ],
    [
      'project-overview',
      <ProjectOverviewPage
        frame={frame('/projects/Projects-1')}
        project={project}
        environments={environments}
        stepCount={isEmpty ? 0 : 3}
        paging={paging}
        releases={some([0, 1, 2, 3, 4]).map(index => ({
          id: `Releases-${index}`,
          version: isLong ? version : say(`1.4.${4 - index}`),
          channel: name('Default'),
          createdAt: NOW - index * 25 * HOUR,
          cells: environments.map((environment, e) => ({
            environmentId: environment.id,
            deployment:
              e < index
                ? {
                    id: `Deployments-${index}${e}`,
                    status: statuses[index === 2 && e === 1 ? 1 : 0] ?? 'success',
                    at: NOW - index * 20 * HOUR,
                  }
                : undefined,
            mayDeploy: e === index,
            current: e === index - 1,
            reason:
              e > index
                ? `${text('Test', 'Integration and acceptance')} has to succeed first.`
                : undefined,
          })),
        }))}
      />,
    ],
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
    [
      'variables',
      <VariablesPage
        frame={frame('/projects/Projects-1/variables')}
        project={project}
        filter=""
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
        filter=""
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
          version: 4,
          form: isLong
            ? {
                values: { name: name('Api.BaseUrl') },
                errors: { environments: 'The environment Environments-77 does not exist.' },
              }
            : filled({
                name: 'Api.BaseUrl',
                value: 'https://api.test',
                environments: ['Environments-1', 'Environments-2'],
              }),
          choices: {
            environments: options,
            targetTags: some(['web', 'cache']).map(value => ({ value, label: say(value) })),
            targets: some(['web-1', 'web-2', 'db-1']).map(value => ({ value, label: name(value) })),
            steps: some([{ value: 'a', label: text('Migrate the database') }]),
          },
        }}
      />,
    ],
    [
      'project-settings',
      <ProjectSettingsPage
        frame={frame('/x')}
        project={project}
        form={
          isLong ? wrong : filled({ name: 'Shop', versionTemplate: '#{Octopus.Version.NextPatch}' })
        }
        groups={[{ value: 'a', label: 'Web' }]}
        lifecycles={[{ value: 'a', label: 'Default Lifecycle' }]}
      />,
    ],
    [
      'releases',
      <ReleasesPage
        frame={frame('/projects/Projects-1/releases')}
        project={project}
        paging={paging}
        releases={some([0, 1, 2, 3]).map(index => ({
          id: `Releases-${index}`,
          version: isLong ? version : say(`1.4.${4 - index}`),
          channel: name('Default'),
          createdAt: NOW - index * 30 * HOUR,
          createdBy: name('Ada'),
          notes: index % 2 ? '' : text('Faster checkout, fewer queries.'),
          environments: environments.slice(0, index).map(each => each.name),
        }))}
      />,
    ],
    [
      'release-new',
      <NewReleasePage
        frame={frame('/x')}
        project={project}
        stepCount={isEmpty ? 0 : 3}
        latestVersion={isEmpty ? undefined : '1.4.2'}
        channels={
          isLong
            ? [
                { value: 'a', label: name('Default') },
                { value: 'b', label: name('Hotfix') },
              ]
            : [{ value: 'a', label: 'Default' }]
        }
        form={
          isLong
            ? {
                values: { version: 'one' },
                errors: {
                  version: 'A version is two to four numbers, such as 1.4.3; this is “one”.',
                },
              }
            : filled({ version: '1.4.3' })
        }
        packages={some([
          {
            field: 'package:b',
            step: text('Deploy the shop'),
            packageId: name('Shop.Web'),
            versions: [
              { version: '1.4.3', publishedAt: NOW - HOUR },
              { version: '1.4.2', publishedAt: NOW - 40 * HOUR },
            ],
          },
          {
            field: 'package:c',
            step: text('Deploy the workers'),
            packageId: name('Shop.Workers'),
            versions: [],
          },
        ])}
      />,
    ],
    [
      'release',
      <ReleasePage
        frame={frame('/releases/Releases-1')}
        project={project}
        live={!isEmpty}
        release={{
          id: 'Releases-1',
          version,
          channel: name('Default'),
          lifecycle: name('Default Lifecycle'),
          createdAt: NOW - 30 * HOUR,
          createdBy: name('Ada'),
          notes: isEmpty
            ? ''
            : say(
                '## Faster checkout\n\n- fewer queries, see [the plan](https://example.com/plan)\n- `cache` is **warmed** first\n\n<b>raw</b>',
              ),
        }}
        phases={environments.map((environment, index) => ({
          name: environment.name,
          state:
            index === 0
              ? ('done' as const)
              : index === 1
                ? ('next' as const)
                : ('blocked' as const),
          optional: false,
          rule: 'all environments',
          environments: [
            {
              ...environment,
              deployment:
                index === 0
                  ? { id: 'Deployments-1', status: 'success' as const, at: NOW - 3 * HOUR }
                  : index === 1
                    ? { id: 'Deployments-2', status: 'failed' as const, at: NOW - 2 * HOUR }
                    : undefined,
              mayDeploy: index < 2,
              reason: index < 2 ? undefined : `${text('Test')} has to succeed first.`,
            },
          ],
        }))}
        packages={some([
          {
            step: text('Deploy the shop'),
            packageId: name('Shop.Web'),
            version,
            sizeBytes: 1_480_233,
            sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
          },
        ])}
        snapshot={{
          steps: some([{ name: text('Migrate the database'), kind: 'Run a script' }]),
          variables: some([
            {
              name: name('Api.BaseUrl'),
              value: text('https://api'),
              sensitive: false,
              scope: { ...scope, environments: [name('Test')] },
            },
            { name: 'Database.Password', sensitive: true, scope },
          ]),
          variablesChanged: !isEmpty,
        }}
        deployments={some(statuses.slice(0, 3)).map((status, index) => ({
          id: `Deployments-${index}`,
          environment: environments[index % 3]?.name ?? '',
          status,
          by: name('Ada'),
          createdAt: NOW - index * HOUR,
          startedAt: NOW - index * HOUR,
          endedAt: status === 'running' ? undefined : NOW - index * HOUR + 83_000,
        }))}
      />,
    ],
    [
      'deploy',
      <DeployPage
        frame={frame('/x')}
        project={project}
        release={{ id: 'Releases-1', version }}
        form={
          isLong
            ? {
                values: { environmentId: 'Environments-2' },
                errors: { '': 'Shop 1.4.2 runs in Test already. Wait for it or cancel it.' },
              }
            : filled({ environmentId: 'Environments-2' })
        }
        environments={environments.map((environment, index) => ({
          ...environment,
          mayDeploy: index < 2,
          reason: index < 2 ? undefined : 'Test has to succeed first.',
          currentVersion: index === 0 ? '1.4.1' : undefined,
        }))}
        plan={{
          warnings: isLong
            ? [text('web-2 was last seen 3 h ago: its part will wait for it and then fail.')]
            : [],
          steps: [
            { name: text('Migrate the database'), runs: true, onServer: true, targets: [] },
            {
              name: text('Deploy the shop'),
              runs: true,
              onServer: false,
              package: `${name('Shop.Web')} ${version}`,
              targets: [
                { id: 'Machines-1', name: name('web-1'), health: 'healthy' as const },
                { id: 'Machines-2', name: name('web-2'), health: 'offline' as const },
              ],
            },
            {
              name: text('Warm the caches'),
              runs: false,
              reason: 'Only in Production.',
              onServer: false,
              targets: [],
            },
          ],
        }}
      />,
    ],
    ...(['running', 'failed', 'success', 'queued'] as const).map((status): [string, Child] => [
      `deployment-${status}`,
      <DeploymentPage
        frame={frame('/deployments/Deployments-1')}
        live={
          status === 'running' || status === 'queued'
            ? { url: '/deployments/Deployments-1/events?after=24' }
            : undefined
        }
        head={{
          id: 'Deployments-1',
          status,
          project: { id: 'Projects-1', name: name('Shop') },
          release: { id: 'Releases-1', version },
          environment: { id: 'Environments-2', name: name('Test') },
          by: name('Ada'),
          createdAt: NOW - 4 * MINUTE,
          startedAt: status === 'queued' ? undefined : NOW - 3 * MINUTE,
          endedAt: status === 'running' || status === 'queued' ? undefined : NOW - MINUTE,
          reason:
            status === 'failed'
              ? text('web-2: the script ended with exit code 3.')
              : status === 'queued'
                ? text('Waits for Shop 1.4.1, which runs in Test now.')
                : undefined,
          reasonHref: status === 'queued' ? '/deployments/Deployments-0' : undefined,
          canCancel: status === 'running' || status === 'queued',
          canRepeat: status !== 'running' && status !== 'queued',
        }}
        steps={[
          {
            id: 'a',
            name: text('Migrate the database'),
            status: status === 'queued' ? 'queued' : 'success',
            startedAt: NOW - 3 * MINUTE,
            endedAt: NOW - 2.5 * MINUTE,
            targets: [
              {
                name: 'on worker-1',
                status: status === 'queued' ? ('queued' as const) : ('success' as const),
                startedAt: NOW - 3 * MINUTE,
                endedAt: NOW - 2.5 * MINUTE,
                firstLine: 2,
              },
            ],
          },
          {
            id: 'b',
            name: text('Deploy the shop'),
            status,
            startedAt: NOW - 2 * MINUTE,
            endedAt: status === 'running' ? undefined : NOW - MINUTE,
            progress: 62,
            targets: [
              {
                targetId: 'Machines-1',
                name: name('web-1'),
                status: 'success' as const,
                startedAt: NOW - 2 * MINUTE,
                endedAt: NOW - 1.2 * MINUTE,
                firstLine: 8,
              },
              {
                targetId: 'Machines-2',
                name: name('web-2'),
                status,
                startedAt: NOW - 2 * MINUTE,
                endedAt: status === 'running' ? undefined : NOW - MINUTE,
                attempt: 2,
                firstLine: 12,
                reason:
                  status === 'failed' ? text('The script ended with exit code 3.') : undefined,
              },
            ],
          },
          {
            id: 'c',
            name: text('Warm the caches'),
            status: status === 'success' ? 'success' : status === 'failed' ? 'skipped' : 'queued',
            targets: [],
          },
        ]}
        log={{
          lines: isEmpty || status === 'queued' ? [] : logLines(text, say, isLong ? 400 : 26),
          earlier: isLong
            ? { href: '/deployments/Deployments-1?before=80', count: 12_034 }
            : undefined,
          filter: 'info',
          note: status === 'queued' ? 'The log starts when the deployment does.' : undefined,
        }}
      />,
    ]),
    [
      'tasks',
      <TasksPage
        frame={frame('/tasks')}
        filter="all"
        paging={paging}
        counts={isEmpty ? {} : { active: 1, queued: 2, failed: 3 }}
        tasks={some(statuses).map((status, index) => ({
          id: `ServerTasks-${index}`,
          href: '/deployments/Deployments-1',
          description: text(`Deploy Shop 1.4.${index} to Test`),
          status,
          environment: name('Test'),
          queuedAt: NOW - index * HOUR,
          startedAt: status === 'queued' ? undefined : NOW - index * HOUR + 4_000,
          endedAt:
            status === 'running' || status === 'queued' ? undefined : NOW - index * HOUR + 94_000,
          waitingFor:
            status === 'queued'
              ? {
                  text: text('Shop 1.4.1 to Test, which runs now'),
                  href: '/deployments/Deployments-0',
                }
              : undefined,
        }))}
      />,
    ],
    [
      'environments',
      <EnvironmentsPage
        frame={frame('/infrastructure/environments')}
        form={
          isLong
            ? {
                values: { name: 'Test' },
                errors: { name: 'There is an environment Test already.' },
              }
            : filled()
        }
        environments={environments.map((environment, index) => ({
          ...environment,
          description: index === 1 ? text('Rebuilt every night.') : '',
          targetCount: index * 3,
          health:
            index === 0
              ? []
              : [
                  { health: 'healthy' as const, targets: 2 },
                  { health: 'offline' as const, targets: 1 },
                ],
        }))}
      />,
    ],
    [
      'environment',
      <EnvironmentPage
        frame={frame('/x')}
        environment={{ id: 'Environments-1', name: name('Test') }}
        form={filled({ name: name('Test') })}
      />,
    ],
    [
      'targets',
      <TargetsPage
        frame={frame('/infrastructure/targets')}
        paging={paging}
        filter={{ name: '', environment: '', tag: '' }}
        environments={options}
        tags={['web', 'cache']}
        targets={some(['web-1', 'web-2', 'db-1', 'cache-1', 'legacy']).map((each, index) => ({
          id: `Machines-${index}`,
          name: name(each),
          health:
            (['healthy', 'offline', 'unhealthy', 'unknown', 'disabled'] as const)[index] ??
            'unknown',
          summary:
            index === 1
              ? text('No word for 3 h. Is the runner’s service running?')
              : index === 2
                ? text('The disk is full: 12 MB free.')
                : '',
          lastSeenAt: index === 3 ? undefined : NOW - index * HOUR,
          environments: environments.slice(0, 2).map(environment => environment.name),
          tags: [say('web'), say('canary')],
          system: 'Debian 12 · x64',
        }))}
      />,
    ],
    [
      'target-new',
      <NewTargetPage
        frame={frame('/infrastructure/targets/new')}
        environments={options}
        workerPools={[{ value: 'a', label: 'Default Worker Pool' }]}
        knownTags={some(['web', 'cache'])}
        form={
          isLong
            ? {
                values: { role: 'target' },
                errors: { environments: 'A target needs at least one environment.' },
              }
            : filled({ role: 'target' })
        }
      />,
    ],
    [
      'target-command',
      <NewTargetPage
        frame={frame('/infrastructure/targets/new')}
        environments={options}
        workerPools={[]}
        knownTags={[]}
        form={filled()}
        command={{
          shell: 'curl -fsSL https://deploy.example.com/install/8VqkX0Rk2nYpZ3tLwQeJ6uHc | sh',
          expiresAt: NOW + HOUR,
        }}
      />,
    ],
    [
      'target',
      <TargetPage
        frame={frame('/x')}
        environments={options}
        form={filled({
          name: name('web-1'),
          environments: ['Environments-2'],
          tags: 'web, canary',
        })}
        target={{
          id: 'Machines-1',
          name: name('web-1'),
          health: 'healthy',
          summary: '',
          isDisabled: false,
          lastSeenAt: NOW - 20_000,
          registeredAt: NOW - 90 * HOUR,
          facts: some([
            { name: 'System', value: text('Debian 12 (bookworm)') },
            { name: 'Architecture', value: 'x64' },
            { name: 'Runner', value: '0.1.0' },
            { name: 'Runtime', value: 'Node 24.21.0' },
          ]),
        }}
        deployments={some(statuses.slice(0, 4)).map((status, index) => ({
          deploymentId: `Deployments-${index}`,
          project: name('Shop'),
          version: isLong ? version : say(`1.4.${index}`),
          environment: name('Test'),
          status,
          at: NOW - index * 5 * HOUR,
        }))}
      />,
    ],
    [
      'worker-pools',
      <WorkerPoolsPage
        frame={frame('/infrastructure/worker-pools')}
        pools={[
          {
            id: 'WorkerPools-1',
            name: name('Default Worker Pool'),
            description: '',
            isDefault: true,
            workers: some([
              {
                id: 'Workers-1',
                name: name('local'),
                health: 'healthy' as const,
                lastSeenAt: NOW - 4_000,
              },
            ]),
          },
          {
            id: 'WorkerPools-2',
            name: name('Windows'),
            description: text('For the signing tools.'),
            isDefault: false,
            workers: [],
          },
        ]}
      />,
    ],
    [
      'packages',
      <PackagesPage
        frame={frame('/library/packages')}
        filter=""
        paging={paging}
        packages={some(['Shop.Web', 'Shop.Workers', 'Billing.Api']).map((each, index) => ({
          packageId: name(each),
          latestVersion: version,
          versionCount: 12 - index,
          sizeBytes: 1_480_233 * (index + 1) ** 3,
          publishedAt: NOW - index * 7 * HOUR,
        }))}
      />,
    ],
    [
      'package',
      <PackagePage
        frame={frame('/x')}
        packageId={name('Shop.Web')}
        description={text('The shop’s pages and assets.')}
        paging={paging}
        projects={some([{ id: 'Projects-1', name: name('Shop') }])}
        versions={some([0, 1, 2]).map(index => ({
          version: isLong ? `${version}.${index}` : say(`1.4.${2 - index}`),
          isPrerelease: index === 0,
          extension: '.zip',
          sizeBytes: 1_480_233 + index * 20_000,
          sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
          publishedAt: NOW - index * 30 * HOUR,
          publishedBy: name('build'),
          usedBy:
            index === 0
              ? []
              : [1, 2, 3, 4].map(n => ({
                  releaseId: `Releases-${n}`,
                  name: `${name('Shop')} 1.4.${n}`,
                })),
          downloadHref: '/api/packages/packages-1/raw',
        }))}
      />,
    ],
    [
      'upload',
      <UploadPage
        frame={frame('/library/packages/upload')}
        limit="5 GB"
        form={
          isLong
            ? {
                values: {},
                errors: {
                  file: 'The name “shop.zip” carries no version. Name the file ID.version.zip, such as shop.1.0.0.zip.',
                },
              }
            : filled()
        }
      />,
    ],
    [
      'lifecycles',
      <LifecyclesPage
        frame={frame('/library/lifecycles')}
        lifecycles={some([
          {
            id: 'Lifecycles-1',
            name: name('Default Lifecycle'),
            description: '',
            phases: [],
            projectCount: 3,
          },
          {
            id: 'Lifecycles-2',
            name: name('Hotfix'),
            description: text('Skips Development.'),
            phases: environments.slice(1).map(({ name: each }, index) => ({
              name: each,
              environments: [each],
              optional: index === 0,
            })),
            projectCount: 1,
          },
        ])}
      />,
    ],
    [
      'lifecycle',
      <LifecyclePage
        frame={frame('/x')}
        lifecycle={isEmpty ? undefined : { id: 'Lifecycles-2', name: name('Hotfix') }}
        phaseCount={isEmpty ? 0 : 2}
        environments={options}
        projects={some([{ id: 'Projects-1', name: name('Shop') }])}
        form={
          isLong
            ? {
                values: { name: 'Hotfix', 'phases.0.name': '' },
                errors: { 'phases.0.name': 'A phase needs a name.' },
              }
            : filled({
                name: isEmpty ? '' : 'Hotfix',
                'phases.0.name': 'Test',
                'phases.0.environments': ['Environments-2'],
                'phases.1.name': 'Production',
                'phases.1.automatic': ['Environments-3'],
                'phases.1.minimum': '1',
              })
        }
      />,
    ],
    [
      'configuration',
      <ConfigurationPage
        frame={frame('/configuration')}
        server={[
          { name: 'Version', value: '0.1.0' },
          { name: 'Address', value: 'http://127.0.0.1:8787' },
          { name: 'Hosted', value: 'on this machine' },
        ]}
        users={[
          { username: text('ada'), displayName: name('Ada'), isActive: true, isService: false },
          { username: 'build', displayName: name('Build server'), isActive: true, isService: true },
        ]}
        events={some([
          {
            at: NOW - 4 * MINUTE,
            username: name('Ada'),
            message: text('Deployed Shop 1.4.2 to Test'),
          },
          { at: NOW - 4 * HOUR, username: name('Ada'), message: text('Changed variables of Shop') },
        ])}
      />,
    ],
    [
      'search',
      <SearchPage
        frame={frame('/search?q=shop')}
        query={text('shop')}
        results={some([
          {
            href: links.project('Projects-1'),
            title: name('Shop'),
            detail: 'Project',
            icon: 'projects' as const,
          },
          {
            href: links.target('Machines-1'),
            title: name('shop-web-1'),
            detail: 'Target',
            icon: 'target' as const,
          },
        ])}
      />,
    ],
  ]
  return pages.map(([each, page]) => ({ name: each, page }))
}

const script: [LogLevel, string, string?][] = [
  ['highlight', 'Deploying Shop 1.4.2 to Test'],
  ['info', 'Migrating shop_test', 'worker-1'],
  ['verbose', 'connection pool: 4', 'worker-1'],
  ['info', '\u001b[32m✓\u001b[0m 0012_orders.sql \u001b[2m41 ms\u001b[0m', 'worker-1'],
  ['info', '\u001b[32m✓\u001b[0m 0013_invoices.sql \u001b[2m8 ms\u001b[0m', 'worker-1'],
  ['warning', 'The index orders_by_customer exists already; left as it is.', 'worker-1'],
  ['info', 'Done in 1.4 s', 'worker-1'],
  ['info', 'Fetching Shop.Web 1.4.2 (1.5 MB)', 'web-1'],
  ['info', 'Extracting 412 files to /srv/shop', 'web-1'],
  ['info', 'Substituted 3 variables in settings.json', 'web-1'],
  ['wait', 'Waiting for web-2 to finish the step before', 'web-1'],
  ['info', 'Fetching Shop.Web 1.4.2 (1.5 MB)', 'web-2'],
  ['error', 'post-deploy.sh: line 4: systemctl: command not found', 'web-2'],
  ['fatal', 'The script ended with exit code 3.', 'web-2'],
]

const logLines = (
  text: (usual: string) => string,
  say: (text: string) => string,
  count: number,
): LogLine[] =>
  Array.from({ length: count }, (_, index): LogLine => {
    const [level, line, source] = script[index % script.length] ?? ['info', '']
    return {
      number: index + 1,
      at: NOW - 3 * MINUTE + index * 731,
      level,
      text: index % 50 === 9 ? text(line) : say(line),
      source: source && say(source),
    }
  })
