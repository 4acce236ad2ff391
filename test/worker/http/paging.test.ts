import { describe, expect, it } from 'vitest'
import { collection, pageOf } from '../../../worker/http/paging.ts'
import { Query } from '../../../worker/http/query.ts'

const page = (skip: number, take: number, total: number, search = '') =>
  collection(
    'Project',
    [],
    total,
    { skip, take },
    `http://127.0.0.1/api/Spaces-1/projects${search}`,
  )

describe('a page of a collection', () => {
  it('takes 30 unless told otherwise, and never more than 10,000', () => {
    expect(pageOf(new Query(new URLSearchParams()))).toEqual({ skip: 0, take: 30 })
    expect(pageOf(new Query(new URLSearchParams('skip=10&take=2147483647')))).toEqual({
      skip: 10,
      take: 10_000,
    })
  })

  it.each([
    { skip: 0, take: 30, total: 0, pages: 1, last: 0, next: undefined },
    { skip: 0, take: 30, total: 30, pages: 1, last: 0, next: undefined },
    { skip: 0, take: 30, total: 31, pages: 2, last: 1, next: 30 },
    { skip: 30, take: 30, total: 31, pages: 2, last: 1, next: undefined },
    { skip: 0, take: 1, total: 3, pages: 3, last: 2, next: 1 },
    { skip: 100, take: 10, total: 3, pages: 1, last: 0, next: undefined },
  ])('from $skip, $take of $total', ({ skip, take, total, pages, last, next }) => {
    const found = page(skip, take, total)
    expect(found.NumberOfPages).toBe(pages)
    expect(found.LastPageNumber).toBe(last)
    expect(found.ItemsPerPage).toBe(take)
    expect(found.TotalResults).toBe(total)
    expect(found.Links['Page.Next']).toBe(
      next === undefined ? undefined : `/api/Spaces-1/projects?skip=${next}&take=${take}`,
    )
    expect('Page.Next' in found.Links).toBe(next !== undefined)
    expect(found.Links['Page.Last']).toBe(`/api/Spaces-1/projects?skip=${last * take}&take=${take}`)
  })

  it('keeps the filter in the links but never a key', () => {
    const { Links } = page(0, 1, 2, '?partialName=web&apikey=API-SECRET&APIKEY=API-SECRET')
    expect(Links['Page.Next']).toBe('/api/Spaces-1/projects?partialName=web&skip=1&take=1')
    expect(JSON.stringify(Links)).not.toContain('SECRET')
  })
})
