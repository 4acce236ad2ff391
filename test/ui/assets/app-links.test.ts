import { describe, expect, it } from 'vitest'
import { pageOf } from '../../../ui/assets/portal/app-links.ts'

describe('a link as Octopus and its clients write it', () => {
  it.each([
    ['#/Spaces-1/tasks/ServerTasks-7', '/tasks/ServerTasks-7'],
    ['#/tasks/ServerTasks-7?activeTab=taskLog', '/tasks/ServerTasks-7'],
    ['#/Spaces-1/deployments/Deployments-3', '/deployments/Deployments-3'],
    ['#/Spaces-1/releases/Releases-12', '/releases/Releases-12'],
    ['#/Spaces-1/projects/shop', '/projects/shop'],
    ['#/Spaces-1/projects/Projects-1/overview', '/projects/Projects-1'],
    ['#/Spaces-1/projects/shop/deployments/releases/1.0.0', '/projects/shop/releases'],
    [
      '#/Spaces-1/projects/shop/deployments/releases/1.0.0/deployments/Deployments-3',
      '/deployments/Deployments-3',
    ],
    ['#/Spaces-1/projects', '/projects'],
    ['#/Spaces-1/infrastructure/machines', '/infrastructure'],
  ])('%s leads to %s', (fragment, page) => expect(pageOf(fragment)).toBe(page))

  it.each([
    [''],
    ['#'],
    ['#/Spaces-1'],
    ['#/nonsense/ServerTasks-x'],
    ['#//evil.example/x'],
    ['#/%E0%A4%A'],
    ['#https://evil.example'],
  ])('%j, which names nothing here, leads to the start', fragment =>
    expect(pageOf(fragment)).toBe('/'),
  )

  it('stays on this server, whatever it names', () => {
    for (const part of ['//evil.example', '..', '\\evil', 'javascript:alert(1)', '%2F%2Fevil'])
      expect(new URL(pageOf(`#/projects/${part}`), 'https://slipway.example').origin).toBe(
        'https://slipway.example',
      )
  })
})
