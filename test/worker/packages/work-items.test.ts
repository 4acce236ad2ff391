import { describe, expect, it } from 'vitest'
import { workItemsOf } from '../../../worker/packages/work-items.ts'

const items = (Comment: string, VcsRoot = 'https://github.com/shop/web.git') =>
  workItemsOf({ VcsRoot, Commits: [{ Id: 'abc', Comment }] })

describe('an issue that a commit closes', () => {
  it.each([
    ['Fixes #7', '7', 'https://github.com/shop/web/issues/7'],
    ['close: GH-8', '8', 'https://github.com/shop/web/issues/8'],
    ['This resolved shop/api#9 at last', 'shop/api#9', 'https://github.com/shop/api/issues/9'],
  ])('is found in "%s"', (comment, Id, LinkUrl) => {
    expect(items(comment)).toMatchObject([{ Id, LinkUrl, Source: 'GitHub' }])
  })

  it.each(['See #7', 'Merge pull request #8', 'prefixes #9', 'fixes 10', 'fixes #99999999999999'])(
    'is not in "%s"',
    comment => expect(items(comment)).toEqual([]),
  )

  it('is told once, with the first line of the commit', () => {
    expect(items('Fixes #7: the basket\n\nAlso fixes #7 for guests')).toEqual([
      {
        Id: '7',
        LinkUrl: 'https://github.com/shop/web/issues/7',
        Source: 'GitHub',
        Description: 'Fixes #7: the basket',
      },
    ])
  })

  it.each(['', 'git@github.com:shop/web.git', 'javascript:alert(1)', 'https://host'])(
    'has no link where the sources are at "%s"',
    root => expect(items('fixes #7', root)).toMatchObject([{ Id: '7', LinkUrl: null }]),
  )

  it('gives away no password of the address', () => {
    const [item] = items('fixes #7', 'https://ada:hunter22@git.shop.test/web')
    expect(item?.LinkUrl).toBe('https://git.shop.test/web/issues/7')
  })

  it('is looked for in time that grows with the text alone', () => {
    expect(items('fixes '.repeat(50_000))).toEqual([])
    expect(items('fixes #1 '.repeat(1_000))).toHaveLength(1)
  })
})
