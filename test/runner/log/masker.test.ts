import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Masker, Secrets } from '../../../runner/log/masker.ts'
import { needlesOf } from '../../../runner/log/needles.ts'

/** Marks every byte that any occurrence of any needle covers; slow, and plainly right. */
const reference = (text: Buffer, needles: readonly Buffer[]): string => {
  const covered = new Array<boolean>(text.length).fill(false)
  for (const needle of needles) {
    for (let at = text.indexOf(needle); at !== -1; at = text.indexOf(needle, at + 1))
      covered.fill(true, at, at + needle.length)
  }
  let masked = ''
  for (let at = 0; at < text.length; at++) {
    if (!covered[at]) masked += String.fromCharCode(text[at] as number)
    else if (!covered[at - 1]) masked += '********'
  }
  return masked
}

const maskInChunks = (text: Buffer, secrets: Secrets, cuts: readonly number[]): string => {
  const masker = new Masker(secrets)
  const parts: Buffer[] = []
  let from = 0
  for (const cut of [...cuts].sort((left, right) => left - right)) {
    const at = Math.min(cut, text.length)
    parts.push(Buffer.from(masker.write(text.subarray(from, at))))
    from = Math.max(from, at)
  }
  parts.push(Buffer.from(masker.write(text.subarray(from))), Buffer.from(masker.end()))
  return Buffer.concat(parts).toString('latin1')
}

const secret = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', 'b', '\n'), minLength: 4, maxLength: 8 }),
  fc.string({ minLength: 4, maxLength: 12 }),
  fc.string({ unit: 'grapheme', minLength: 4, maxLength: 6 }),
)
const encodings: ((text: string) => string)[] = [
  text => text,
  text => Buffer.from(text).toString('base64'),
  text => Buffer.from(`x${text}y`).toString('base64'),
  text => Buffer.from(`xx${text}`).toString('base64'),
  text => Buffer.from(text).toString('hex'),
  text => encodeURIComponent(text),
  text => JSON.stringify(text),
]

/** The same numbers in [0, 1) for the same seed (mulberry32). */
const seeded = (seed: number) => {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

describe('a masker', () => {
  it('does as the plain method does, whatever the secrets and the chunks', () => {
    fc.assert(
      fc.property(
        fc.array(secret, { minLength: 1, maxLength: 4 }),
        fc.array(fc.oneof(fc.nat(999), fc.string({ unit: fc.constantFrom('a', 'b', '\n', 'c') })), {
          maxLength: 12,
        }),
        fc.array(fc.nat(200), { maxLength: 8 }),
        (secrets, pieces, cuts) => {
          const text = Buffer.from(
            pieces
              .map(piece => {
                if (typeof piece === 'string') return piece
                const found = secrets[piece % secrets.length] as string
                const encode = encodings[piece % encodings.length] as (text: string) => string
                return found.isWellFormed() ? encode(found) : found
              })
              .join(''),
          )
          expect(maskInChunks(text, new Secrets(secrets), cuts)).toBe(
            reference(text, needlesOf(secrets)),
          )
        },
      ),
      { numRuns: 3_000 },
    )
  })

  it('does so for a hundred thousand texts in random pieces', () => {
    const random = seeded(20_260_801)
    const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T
    const word = (length: number) =>
      Array.from({ length }, () => pick(['a', 'b', 'c', '\n'])).join('')
    let cases = 0
    for (let set = 0; set < 1_000; set++) {
      const texts = Array.from({ length: 2 }, () => word(4 + Math.floor(random() * 5)))
      const secrets = new Secrets(texts)
      const needles = needlesOf(texts)
      for (let each = 0; each < 100; each++, cases++) {
        const pieces = Array.from({ length: 1 + Math.floor(random() * 6) }, () =>
          random() < 0.5 ? pick(encodings)(pick(texts)) : word(Math.floor(random() * 6)),
        )
        const text = Buffer.from(pieces.join(''))
        const cuts = Array.from({ length: Math.floor(random() * 6) }, () =>
          Math.floor(random() * text.length),
        )
        const masked = maskInChunks(text, secrets, cuts)
        const expected = reference(text, needles)
        if (masked !== expected)
          expect({ texts, cuts, pieces, masked }).toEqual({ masked: expected })
      }
    }
    expect(cases).toBe(100_000)
  })

  it.each([
    { form: 'as it is', text: 'password: s3cr3t-value!' },
    { form: 'in base64', text: Buffer.from('s3cr3t-value!').toString('base64') },
    { form: 'within other base64', text: Buffer.from('user:s3cr3t-value!:x').toString('base64') },
    { form: 'in a URL', text: `https://x/?p=${encodeURIComponent('s3cr3t-value!')}` },
    { form: 'twice, touching', text: 's3cr3t-value!s3cr3t-value!' },
  ])('hides a secret $form', ({ text }) => {
    const masked = new Secrets(['s3cr3t-value!']).mask(text)
    expect(masked).toContain('********')
    expect(masked).not.toContain('s3cr3t')
    expect(masked).not.toContain(Buffer.from('3cr3t-val').toString('base64').slice(0, 8))
  })

  it('hides each line of a secret with several lines, with either line end', () => {
    const key = '-----BEGIN KEY-----\nMIIEvQIBADANBg\nabc\n-----END KEY-----\n'
    const secrets = new Secrets([key])
    expect(secrets.mask('  MIIEvQIBADANBg\n')).toBe('  ********\n')
    expect(secrets.mask(`${key.trim().replaceAll('\n', '\r\n')}\r\n`)).toBe('********\r\n')
  })

  it('leaves words alone that are shorter than four characters', () => {
    expect(new Secrets(['abc', '']).mask('abc abcd')).toBe('abc abcd')
  })

  it('hides a secret that becomes known half-way through it', () => {
    const secrets = new Secrets(['abcdef'])
    const masker = new Masker(secrets)
    const first = masker.write(Buffer.from('x abc')).toString()
    secrets.add('abcxyz')
    const rest = masker.write(Buffer.from('xyz!')).toString() + masker.end().toString()
    expect(first + rest).toBe('x ********!')
  })

  it('holds back no more than may still become a secret', () => {
    const masker = new Masker(new Secrets(['abcdef']))
    expect(masker.write(Buffer.from('line\nabc')).toString()).toBe('line\n')
    expect(masker.write(Buffer.from('x')).toString()).toBe('abcx')
  })
})
