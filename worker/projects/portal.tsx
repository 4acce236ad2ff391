import type { FormState } from '../../ui/components/form.tsx'
import { links } from '../../ui/links.ts'
import { NewProjectPage, ProjectSettingsPage } from '../../ui/projects/project-form.tsx'
import { ProjectsPage } from '../../ui/projects/projects-page.tsx'
import { permits } from '../access/authorization.ts'
import { confirmation, type Question } from '../http/confirmation.tsx'
import type { FormFields } from '../http/form.ts'
import { parse } from '../http/input.ts'
import { action, type PageCall, page, seeOther } from '../http/page.tsx'
import { fresh, listed, orAgain, pageIn } from '../http/portal-form.ts'
import { listLifecycles } from '../lifecycles/store.ts'
import { childPages } from './child-portal.tsx'
import { createProject, deleteProject, modifyProject } from './commands.ts'
import { donorIn, donorOf, donorOptions } from './portal-donor.ts'
import { visibleProject } from './portal-project.ts'
import { newestReleases } from './portal-reads.ts'
import { processPages } from './process-portal.tsx'
import type { ConnectivityPolicy, VersioningStrategy } from './project.ts'
import { projectInput } from './project-input.ts'
import { listGroups, listProjects } from './store.ts'
import { visibleProjects } from './visibility.ts'

const ALL = { skip: 0, take: 1_000 }
const NAMES = {
  Name: 'name',
  Description: 'description',
  ProjectGroupId: 'groupId',
  LifecycleId: 'lifecycleId',
  VersioningStrategy: 'versionTemplate',
  DonorPackage: 'donor',
}

const list = async (call: PageCall) => {
  const { db, space, principal } = call
  const { page: part, paging } = pageIn(call.query)
  const name = call.query.text('name') ?? ''
  const [found, groups, lifecycles] = await Promise.all([
    listProjects(db, space.id, part, {
      partialName: name || undefined,
      visible: visibleProjects(principal, 'ProjectView', space.id),
    }),
    listGroups(db, space.id, ALL),
    listLifecycles(db, space.id),
  ])
  const newest = await newestReleases(
    db,
    found.rows.map(({ id }) => id),
  )
  return (
    <ProjectsPage
      frame={call.frame}
      filter={name}
      mayCreate={permits(principal, 'ProjectCreate', { spaceId: space.id })}
      paging={paging(found.total)}
      projects={found.rows.map(project => ({
        id: project.id,
        name: project.name,
        description: project.description,
        group: groups.rows.find(({ id }) => id === project.projectGroupId)?.name ?? '',
        lifecycle: lifecycles.find(({ id }) => id === project.lifecycleId)?.name ?? '',
        disabled: project.isDisabled,
        latestRelease: newest.get(project.id),
      }))}
    />
  )
}

const choicesFor = async ({ db, space }: PageCall) => {
  const [groups, lifecycles] = await Promise.all([
    listGroups(db, space.id, ALL),
    listLifecycles(db, space.id),
  ])
  const options = (rows: { id: string; name: string }[]) =>
    rows.map(({ id, name }) => ({ value: id, label: name }))
  return { groups: options(groups.rows), lifecycles: options(lifecycles) }
}

const newPage = async (call: PageCall, form: FormState) => (
  <NewProjectPage frame={call.frame} form={form} {...(await choicesFor(call))} />
)

const inputOf = ({ form }: PageCall) => ({
  Name: form.text('name'),
  Description: form.text('description'),
  ProjectGroupId: form.text('groupId'),
  LifecycleId: form.text('lifecycleId'),
})

const create = (call: PageCall) =>
  orAgain(
    call.form,
    async () => {
      const input = parse(projectInput, inputOf(call))
      const project = await createProject(call, call.space.id, input)
      return seeOther(links.project(project.id), {
        kind: 'success',
        message: `${project.name} was created.`,
      })
    },
    form => newPage(call, form),
    NAMES,
  )

const settings = async (call: PageCall, form?: FormState) => {
  const [{ project, head }, choices] = await Promise.all([
    visibleProject(call, call.params.id ?? ''),
    choicesFor(call),
  ])
  const values = {
    name: project.name,
    description: project.description,
    groupId: project.projectGroupId,
    lifecycleId: project.lifecycleId,
    versionTemplate: project.settings.VersioningStrategy.Template ?? '',
    donor: donorOf(project.settings.VersioningStrategy),
    allowIgnoreChannelRules: String(project.settings.AllowIgnoreChannelRules),
    isDisabled: String(project.isDisabled),
    guidedFailure: project.settings.DefaultGuidedFailureMode,
    ...policyValues(project.settings.ProjectConnectivityPolicy),
  }
  return (
    <ProjectSettingsPage
      frame={call.frame}
      project={head}
      form={form ?? fresh(values)}
      donors={await donorOptions(call.db, project)}
      {...choices}
    />
  )
}

const policyValues = (policy: ConnectivityPolicy) => ({
  skipUnavailable: String(policy.SkipMachineBehavior === 'SkipUnavailableMachines'),
  skipTags: policy.TargetRoles.join(', '),
  excludeUnhealthy: String(policy.ExcludeUnhealthyTargets),
  allowNoTargets: String(policy.AllowDeploymentsToNoTargets),
})

const policyIn = (form: FormFields): ConnectivityPolicy => ({
  SkipMachineBehavior: form.flag('skipUnavailable') ? 'SkipUnavailableMachines' : 'None',
  TargetRoles: listed(form.text('skipTags')),
  ExcludeUnhealthyTargets: form.flag('excludeUnhealthy'),
  AllowDeploymentsToNoTargets: form.flag('allowNoTargets'),
})

/** Either a donor or a template, as clients have it. */
const strategyIn = (form: FormFields): VersioningStrategy => {
  const donor = donorIn(form.text('donor'))
  const template = form.text('versionTemplate').trim()
  return {
    Template: donor || template === '' ? null : template,
    DonorPackage: donor,
    DonorPackageStepId: null,
  }
}

const save = (call: PageCall) =>
  orAgain(
    call.form,
    async () => {
      const { project } = await visibleProject(call, call.params.id ?? '')
      const input = parse(projectInput, {
        ...inputOf(call),
        IsDisabled: call.form.flag('isDisabled'),
        DefaultGuidedFailureMode: call.form.text('guidedFailure') || 'EnvironmentDefault',
        ProjectConnectivityPolicy: policyIn(call.form),
        AllowIgnoreChannelRules: call.form.flag('allowIgnoreChannelRules'),
        VersioningStrategy: strategyIn(call.form),
      })
      await modifyProject(call, call.space.id, project.id, input)
      return seeOther(links.projectSettings(project.id), {
        kind: 'success',
        message: 'The settings were saved.',
      })
    },
    form => settings(call, form),
    NAMES,
  )

const toDelete = async (call: PageCall): Promise<Question> => {
  const { project } = await visibleProject(call, call.params.id ?? '')
  return {
    section: 'projects',
    crumbs: [
      { href: links.projects, title: 'Projects' },
      { href: links.projectSettings(project.id), title: project.name },
    ],
    title: `Delete project ${project.name}?`,
    consequence:
      'Its process, variables, releases and deployments go with it. Packages and the audit record stay. This cannot be undone.',
    verb: 'Delete project',
    back: links.projectSettings(project.id),
  }
}

const remove = async (call: PageCall) => {
  await deleteProject(call, call.space.id, call.params.id ?? '')
  return seeOther(links.projects, { kind: 'success', message: 'The project was deleted.' })
}

export const projectPages = [
  page({ path: '/projects', permission: 'ProjectView', handler: list }),
  action({ path: '/projects', permission: 'ProjectCreate', handler: create }),
  page({
    path: '/projects/new',
    permission: 'ProjectCreate',
    handler: call => newPage(call, fresh()),
  }),
  page({
    path: '/projects/{id}/settings',
    permission: 'ProjectView',
    handler: call => settings(call),
  }),
  action({ path: '/projects/{id}/settings', permission: 'ProjectEdit', handler: save }),
  ...confirmation({
    path: '/projects/{id}/delete',
    permission: 'ProjectDelete',
    ask: toDelete,
    deed: remove,
  }),
  ...processPages,
  ...childPages,
]
