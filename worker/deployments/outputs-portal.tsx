import { OutputsPage } from '../../ui/variables/outputs-page.tsx'
import { type PageCall, page } from '../http/page.tsx'
import { pageIn } from '../http/portal-form.ts'
import { readOutputs } from './outputs-api.ts'
import { getDeployment } from './store.ts'

const show = async (call: PageCall) => {
  const id = call.params.id ?? ''
  const all = await readOutputs(call, id)
  const { deployment } = await getDeployment(call.db, call.space.id, id)
  const { page: part, paging } = pageIn(call.query)
  return (
    <OutputsPage
      frame={call.frame}
      deployment={deployment}
      paging={paging(all.length)}
      rows={all
        .slice(part.skip, part.skip + part.take)
        .map(({ actionName, machine, name, value }) => ({
          step: actionName,
          target: machine?.name,
          name,
          value: value ?? undefined,
        }))}
    />
  )
}

export const outputPages = [
  page({ path: '/deployments/{id}/outputs', permission: 'DeploymentView', handler: show }),
]
