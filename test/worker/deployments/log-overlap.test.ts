import { expect, it } from 'vitest'
import { LogStore } from '../../../worker/deployments/log-store.ts'
import { objectSql } from '../../support/object-sql.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const ATTEMPT = 'Deployments-1:1'

it.each([
  { what: 'the same again', offset: 0, text: 'one\ntwo\n', differs: false },
  { what: 'the same, and more', offset: 0, text: 'one\ntwo\nsix\n', differs: false },
  { what: 'a part of it', offset: 2, text: 'e\ntw', differs: false },
  { what: 'what comes next', offset: 8, text: 'six\n', differs: false },
  { what: 'what would leave a gap', offset: 9, text: 'six\n', differs: false },
  { what: 'another beginning', offset: 0, text: 'One\n', differs: true },
  { what: 'another end, and more', offset: 4, text: 'twO\nsix\n', differs: true },
  { what: 'other bytes over a border of two chunks', offset: 2, text: 'e\nTw', differs: true },
])('of bytes that are here $what differs: $differs', ({ offset, text, differs }) => {
  const log = new LogStore(objectSql())
  log.append(ATTEMPT, '1/web', 0, bytes('one\n'), 0)
  log.append(ATTEMPT, '1/web', 4, bytes('two\n'), 0)
  expect(log.differs(ATTEMPT, { offset, bytes: bytes(text) })).toBe(differs)
  expect(log.differs('Deployments-1:2', { offset, bytes: bytes(text) })).toBe(false)
})
