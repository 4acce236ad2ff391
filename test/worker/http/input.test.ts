import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { parse, readBytes, readJson } from '../../../worker/http/input.ts'

const post = (body: BodyInit | null, headers: Record<string, string> = {}) =>
  new Request('http://127.0.0.1/', {
    method: 'POST',
    headers,
    body,
    duplex: 'half',
  } as RequestInit) as never

const chunked = (...sizes: number[]) =>
  new ReadableStream<Uint8Array>({
    pull(controller) {
      const size = sizes.shift()
      if (size === undefined) controller.close()
      else controller.enqueue(new Uint8Array(size))
    },
  })

describe('reading a body', () => {
  it.each([
    ['application/json', '{"Name":"Shop"}'],
    ['application/x-www-form-urlencoded', '{"Name":"Shop"}'],
    ['text/plain', '\uFEFF{"Name":"Shop"}'],
  ])('takes JSON under %s', async (type, body) => {
    expect(await readJson(post(body, { 'content-type': type }))).toEqual({ Name: 'Shop' })
  })

  it.each([[''], ['  \n'], [null]])('takes %j for no body', async body => {
    expect(await readJson(post(body))).toBeUndefined()
  })

  it.each([
    ['broken JSON', '{"Name":', /^The body must be JSON; it could not be read: /],
    ['deep nesting', '['.repeat(65) + ']'.repeat(65), /nested at most 64 deep/],
    ['very deep nesting', '['.repeat(100_000), /nested at most 64 deep/],
    ['bytes that are no UTF-8', new Uint8Array([0x22, 0xff, 0x22]), /its bytes are not UTF-8/],
    ['a NUL', '{"Name":"a\\u0000b"}', /a NUL or half a character/],
    ['half a character', '{"Name":"\\ud83d"}', /a NUL or half a character/],
    ['half a character in a key', '{"\\uDE00":1}', /a NUL or half a character/],
  ])('refuses %s', async (_what, body, message) => {
    await expect(readJson(post(body as BodyInit))).rejects.toThrow(message)
  })

  it('takes braces in text, whole characters by escapes, and an escaped backslash for what they are', async () => {
    const text = `${'{['.repeat(200)}"\\`
    expect(await readJson(post(JSON.stringify({ text })))).toEqual({ text })
    expect(await readJson(post('{"a":"\\ud83d\\ude00","b":"\\\\u0000"}'))).toEqual({
      a: '😀',
      b: '\\u0000',
    })
  })

  it('counts the bytes itself, whatever was declared', async () => {
    expect(await readBytes(post(chunked(40, 60)), 100)).toHaveLength(100)
    await expect(readBytes(post(chunked(40, 61)), 100)).rejects.toMatchObject({
      code: 'too_large',
      message: 'The body may hold 100 bytes; this one is larger.',
    })
    await expect(readBytes(post('ab', { 'content-length': '101' }), 100)).rejects.toMatchObject({
      code: 'too_large',
    })
  })
})

describe('parsing by a schema', () => {
  const schema = z.object({
    ProjectName: z.string().min(1, 'is missing'),
    Packages: z.array(z.object({ PackageId: z.string() })).nullish(),
    Values: z.record(z.string(), z.object({ NewValue: z.string() })).optional(),
    Steps: z.looseObject({ Name: z.string() }).optional(),
  })

  it('takes keys in any letter case, at every depth, and leaves unknown ones out', () => {
    expect(
      parse(schema, {
        projectName: 'Shop',
        PACKAGES: [{ packageid: 'web', Other: 1 }],
        values: { MyKey: { newvalue: 'x' } },
        steps: { name: 'One', Extra: { keep: true } },
        IsBuiltIn: true,
      }),
    ).toEqual({
      ProjectName: 'Shop',
      Packages: [{ PackageId: 'web' }],
      Values: { MyKey: { NewValue: 'x' } },
      Steps: { Name: 'One', Extra: { keep: true } },
    })
  })

  it('says in one sentence per field what is wrong', () => {
    const wrong = () => parse(schema, { ProjectName: '', Packages: [{ PackageId: 7 }] })
    expect(wrong).toThrow('ProjectName: is missing')
    try {
      wrong()
    } catch (error) {
      expect(error).toMatchObject({
        code: 'invalid',
        detail: {
          errors: [
            'ProjectName: is missing',
            'Packages.0.PackageId: Invalid input: expected string, received number',
          ],
        },
      })
    }
  })

  it.each([undefined, null, 7, 'text', [], true])('refuses %j for an object', value => {
    expect(() => parse(schema, value)).toThrow(/^(body|ProjectName): /)
  })

  it('never lets __proto__ through', () => {
    const parsed = parse(z.looseObject({}), JSON.parse('{"__proto__":{"isAdmin":true},"a":1}'))
    expect(parsed).toEqual({ a: 1 })
    expect((parsed as { isAdmin?: boolean }).isAdmin).toBeUndefined()
  })

  it('does not take a list where a map is asked for', () => {
    const schema = z.object({ Values: z.record(z.string(), z.string()) })
    expect(() => parse(schema, { values: ['Shop'] })).toThrow(/Values: /)
  })
})
