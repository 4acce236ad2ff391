import { describe, expect, it } from 'vitest'
import { Query } from '../../../worker/http/query.ts'

const query = (search: string) => new Query(new URLSearchParams(search))

describe('query parameters', () => {
  it.each([
    ['partialName=Web', 'partialName', 'Web'],
    ['PARTIALNAME=Web', 'partialName', 'Web'],
    ['partialname=Web+Shop', 'PartialName', 'Web Shop'],
    ['partialName=', 'partialName', undefined],
    ['', 'partialName', undefined],
    ['name=first&name=second', 'name', 'first'],
  ])('%s: the text of %s is %s', (search, name, expected) => {
    expect(query(search).text(name)).toBe(expected)
  })

  it.each([
    ['ids=a,b', ['a', 'b']],
    ['ids=a%2Cb', ['a', 'b']],
    ['ids=a&ids=b', ['a', 'b']],
    ['Ids=a,,b,', ['a', 'b']],
    ['ids=', []],
    ['', undefined],
  ])('%s lists %j', (search, expected) => {
    expect(query(search).list('ids')).toEqual(expected)
  })

  it.each([
    ['replace=true', true],
    ['replace=True', true],
    ['replace=true/', true],
    ['replace=1', true],
    ['replace=false', false],
    ['replace=0', false],
    ['replace=truely', false],
    ['replace', false],
    ['', false],
  ])('%s is a flag of %s', (search, expected) => {
    expect(query(search).flag('replace')).toBe(expected)
  })

  it.each([
    ['take=5', 5],
    ['take=2147483647', 10_000],
    ['take=0', 1],
    ['take=-3', 1],
    ['take=', 30],
    ['', 30],
  ])('%s takes %i', (search, expected) => {
    expect(query(search).integer('take', 30, { min: 1, max: 10_000 })).toBe(expected)
  })

  it.each([
    'take=ten',
    'take=1.5',
    'take=1e3',
    'take=99999999999999999999',
    'take=0x10',
    "take=1'--",
  ])('refuses %s', search => {
    expect(() => query(search).integer('take', 30, { min: 1, max: 10_000 })).toThrow(
      /^take must be a whole number; found '/,
    )
  })
})
