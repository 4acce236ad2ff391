import { expect, it } from 'vitest'
import { unitText } from '../../runner/service.ts'

it('writes a unit that ends the daemon alone and quotes what needs it', () => {
  const text = unitText('/var/lib/my runner 100%', '/opt/slipway/runner.mjs')
  expect(text).toContain(
    `ExecStart=${process.execPath} /opt/slipway/runner.mjs run --home "/var/lib/my runner 100%%"\n`,
  )
  expect(text).toContain('KillMode=process\n')
  expect(text).toContain('Restart=always\n')
})
