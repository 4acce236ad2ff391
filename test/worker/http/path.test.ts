import { describe, expect, it } from 'vitest'
import { destination } from '../../../worker/http/path.ts'

const words = new Set([
  'api',
  'projects',
  'spaces',
  'all',
  'users',
  'me',
  'search',
  'nuget',
  'packages',
  'runbookruns',
])
const systemWords = new Set(['spaces', 'users', 'spaces/search'])
const to = (pathname: string) => destination(pathname, words, systemWords)

describe('where a request goes', () => {
  it.each([
    ['/api', '/api', undefined],
    ['/api/', '/api', undefined],
    ['//api', '/api', undefined],
    ['/API', '/api', undefined],
    ['/api/Spaces-1', '/api/-', 'Spaces-1'],
    ['/api/Spaces-1/', '/api/-', 'Spaces-1'],
    ['/api/spaces-12/Projects', '/api/-/projects', 'spaces-12'],
    ['/api/Spaces-1/projects/Projects-2', '/api/-/projects/Projects-2', 'Spaces-1'],
    ['/api/spaces/Spaces-1/projects', '/api/-/projects', 'Spaces-1'],
    ['/api/spaces/Default/projects', '/api/-/projects', 'Default'],
    ['/api/our-shop/projects', '/api/-/projects', 'our-shop'],
    ['/api/our-shop', '/api/-', 'our-shop'],
    ['/api/projects', '/api/-/projects', undefined],
    ['/api/projects/Shop', '/api/-/projects/Shop', undefined],
    ['/api//projects//Shop//', '/api/-/projects/Shop', undefined],
    ['/api/runbookRuns', '/api/-/runbookruns', undefined],
    ['/api/spaces', '/api/spaces', undefined],
    ['/api/Spaces/ALL', '/api/spaces/all', undefined],
    ['/api/spaces/Spaces-1', '/api/spaces/Spaces-1', undefined],
    ['/api/spaces/Spaces-1/search', '/api/spaces/Spaces-1/search', undefined],
    ['/api/users/Me', '/api/users/me', undefined],
    ['/api/projects/a%2Fb', '/api/-/projects/a%2Fb', undefined],
    ['/api/Spaces-12345678901/projects', '/api/-/projects', 'Spaces-12345678901'],
    ['/projects/Shop', '/projects/Shop', undefined],
    ['/Spaces-1/NuGet/packages/', '/Spaces-1/nuget/packages', undefined],
    ['/', '/', undefined],
  ])('%s leads to %s in space %s', (pathname, path, space) => {
    expect(to(pathname)).toEqual({ path, space })
  })
})
