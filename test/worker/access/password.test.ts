import { describe, expect, it } from 'vitest'
import { hashPassword, needsRehash, verifyPassword } from '../../../worker/access/password.ts'

describe('a password', () => {
  it('is kept as scrypt with its parameters, salted', async () => {
    const [one, other] = await Promise.all([
      hashPassword('correct horse'),
      hashPassword('correct horse'),
    ])
    expect(one).toMatch(/^scrypt\$N=32768,r=8,p=3\$[\w-]{22}\$[\w-]{43}$/)
    expect(one).not.toBe(other)
    expect(await verifyPassword('correct horse', one)).toBe(true)
    expect(await verifyPassword('correct horse ', one)).toBe(false)
    expect(needsRehash(one)).toBe(false)
  })

  it('is the same however the keyboard composed it', async () => {
    expect(await verifyPassword('cafe\u0301 ouvert', await hashPassword('café ouvert'))).toBe(true)
  })

  it.each([
    null,
    undefined,
    '',
    'nonsense',
    'scrypt$N=32768,r=8,p=3$$',
    'scrypt$N=9999999,r=99,p=99$AAAA$AAAA',
    'scrypt$N=32768,r=8,p=3$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
  ])('never matches a stored %s', async stored => {
    expect(await verifyPassword('', stored)).toBe(false)
    expect(await verifyPassword('password', stored)).toBe(false)
  })

  it('is hashed anew when the parameters have risen', () => {
    expect(needsRehash('scrypt$N=16384,r=8,p=5$AAAA$AAAA')).toBe(true)
  })
})
