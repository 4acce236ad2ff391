import { describe, expect, it, vi } from 'vitest'
import { Masker, Secrets } from '../../../runner/log/masker.ts'
import { StepLog } from '../../../runner/log/step-log.ts'
import { parseRecord } from '../../../runner/protocol/log-record.ts'

const scene = () => {
  let written = ''
  const log = new StepLog({
    secrets: new Secrets(['hunter22']),
    append: records => {
      written += records
    },
    now: () => 0,
  })
  const texts = () =>
    written
      .split('\n')
      .slice(0, -1)
      .map(parseRecord)
      .map(({ text }) => text)
  return { log, texts }
}

describe('the log of a step', () => {
  it.each(['write', 'end'] as const)(
    'withholds what it could not search for secrets: masker %s',
    method => {
      const broken = vi.spyOn(Masker.prototype, method).mockImplementationOnce(() => {
        throw new Error('no')
      })
      const { log, texts } = scene()
      log.write('stdout', Buffer.from('the key is hunter22'))
      log.write('stdout', Buffer.from(' as ever\n'))
      log.endOfProcess()
      log.write('stdout', Buffer.from('the next hunter22\n'))
      log.endOfProcess()
      broken.mockRestore()
      expect(texts().join('|')).not.toContain('hunter22')
      expect(texts()).toContain('[withheld: masker error]')
      expect(texts().at(-1)).toBe('the next ********')
    },
  )
})
