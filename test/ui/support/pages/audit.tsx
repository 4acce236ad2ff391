import type { Child } from 'hono/jsx'
import { AuditPage } from '../../../../ui/audit/audit-page.tsx'
import type { ChainState } from '../../../../ui/audit/chain.tsx'
import { HOUR, type Kit, MINUTE, NOW } from '../kit.ts'

export const auditPages = (kit: Kit): [string, Child][] => {
  const { isLong, isEmpty, text, some, name, frame, paging, version } = kit
  const total = isEmpty ? 0 : isLong ? 1_204_311 : 4_218
  const pageWith = (chain: ChainState | undefined) => (
    <AuditPage
      frame={frame('/configuration/audit')}
      rows={some([
        {
          id: `Events-${total}`,
          at: NOW - 4 * MINUTE,
          username: name('ada'),
          establishedWith: 'Session',
          address: isLong ? '2001:db8:85a3:8d3:1319:8a2e:370:7348' : '192.0.2.7',
          category: 'DeploymentQueued',
          message: text(`Deploy Shop release ${version} to Production`),
        },
        {
          id: `Events-${total - 1}`,
          at: NOW - 5 * HOUR,
          username: 'system',
          establishedWith: 'Host',
          address: '',
          category: 'RunnerQuarantined',
          message: text('Runner web-1 was quarantined'),
        },
      ])}
      paging={paging}
      filter={{ regarding: isLong ? text('Projects-1') : '', category: 'Modified' }}
      categories={['Created', 'DeploymentQueued', 'Modified']}
      chain={chain}
    />
  )
  const end = { upTo: total, total, missingGuards: 0 }
  return [
    ['audit', pageWith({ type: 'unchecked', sealedUpTo: isEmpty ? 0 : total - 3, total })],
    ['audit-verifying', pageWith({ type: 'underway', upTo: Math.floor(total / 3), total })],
    ['audit-verified', pageWith({ type: 'verified', unsealed: isLong ? 3 : 0, ...end })],
    [
      'audit-broken',
      pageWith({
        type: 'broken',
        sequence: 812,
        message: text('Row 812 was changed after it had been written.'),
        goodUpTo: isEmpty ? 0 : 811,
      }),
    ],
    ['audit-reader', pageWith(undefined)],
  ]
}
