import { PERMISSIONS, type Permission } from './permission.ts'

const all = new Set<Permission>(PERMISSIONS)
const views = new Set(PERMISSIONS.filter(name => name.endsWith('View')))
const allInSpace = new Set(
  PERMISSIONS.filter(name => name !== 'AdministerSystem' && name !== 'SpaceCreate'),
)
const plus = (base: ReadonlySet<Permission>, ...names: Permission[]) => new Set([...base, ...names])

const BUILT_IN: Record<string, ReadonlySet<Permission>> = {
  'userroles-systemadministrator': all,
  'userroles-systemmanager': new Set(PERMISSIONS.filter(name => name !== 'AdministerSystem')),
  'userroles-spacemanager': allInSpace,
  'userroles-projectviewer': plus(views, 'VariableViewUnscoped'),
  'userroles-projectlead': plus(
    views,
    'ProjectEdit',
    'ProcessEdit',
    'ReleaseCreate',
    'ReleaseEdit',
    'VariableEdit',
    'VariableEditUnscoped',
    'VariableViewUnscoped',
    'BuiltInFeedPush',
    'BuiltInFeedDownload',
    'InterruptionViewSubmitResponsible',
  ),
  'userroles-projectdeployer': plus(
    views,
    'DeploymentCreate',
    'TaskCreate',
    'TaskCancel',
    'InterruptionSubmit',
    'InterruptionViewSubmitResponsible',
  ),
  'userroles-packagepublisher': plus(new Set(), 'BuiltInFeedPush', 'FeedView'),
  'userroles-buildserver': plus(
    views,
    'BuiltInFeedPush',
    'BuiltInFeedDownload',
    'BuildInformationPush',
    'ReleaseCreate',
    'DeploymentCreate',
    'TaskCreate',
    'TaskCancel',
  ),
}

/** Built-in roles by id. A role only ever grants; there is no deny. Without a prototype: an id that
 *  is named like a property of every object is no role. */
export const ROLES: Record<string, ReadonlySet<Permission>> = Object.freeze(
  Object.assign(Object.create(null), BUILT_IN),
)
