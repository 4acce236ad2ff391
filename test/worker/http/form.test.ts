import { describe, expect, it } from 'vitest'
import { FormFields, readForm } from '../../../worker/http/form.ts'

const sent = (body: string, type = 'application/x-www-form-urlencoded; charset=UTF-8') =>
  readForm(
    new Request('http://slipway/x', { method: 'POST', body, headers: { 'content-type': type } }),
  )

describe('a form', () => {
  it('is read field by field', async () => {
    const form = await sent('name=web+1&tag=a&tag=&tag=b&on=true&off=false&notes=one%0D%0Atwo')
    expect(form.text('name')).toBe('web 1')
    expect(form.text('missing')).toBe('')
    expect(form.list('tag')).toEqual(['a', 'b'])
    expect([form.flag('on'), form.flag('off'), form.flag('missing')]).toEqual([true, false, false])
    expect(form.text('notes')).toBe('one\ntwo')
  })

  it('shows again all that was typed, but not the token', async () => {
    const { values } = await sent('_csrf=secret&name=web-1&tag=a&tag=b')
    expect(values).toEqual({ name: 'web-1', tag: ['a', 'b'] })
  })

  it('may be named like parts of an object', () => {
    const form = new FormFields([['__proto__', 'x']])
    expect(form.text('__proto__')).toBe('x')
    expect(form.text('constructor')).toBe('')
  })

  it.each([
    { what: 'with a NUL', body: 'name=a%00b', says: 'The form holds text with a NUL' },
    {
      what: 'with too many fields',
      body: 'a=&'.repeat(5_001),
      says: 'A form may have 5000 fields',
    },
    { what: 'of another kind', body: '{}', type: 'application/json', says: 'takes an HTML form' },
    { what: 'that is too large', body: `a=${'x'.repeat(4_194_304)}`, says: '4194304 bytes' },
  ])('$what is refused', async ({ body, type, says }) => {
    await expect(sent(body, type)).rejects.toThrow(says)
  })
})
