import { afterAll, beforeAll, describe } from 'vitest'
import { environmentsStory } from './administration/environments.ts'
import { lifecyclesStory } from './administration/lifecycles.ts'
import { packagesStory } from './administration/packages.ts'
import { refusalsStory } from './administration/refusals.ts'
import { releasesStory } from './administration/releases.ts'
import { targetsStory } from './administration/targets.ts'
import { startWorld, type World } from './administration/world.ts'

/** The whole of it by links and forms, as a browser without scripts sends them. */
describe('an administrator sets up a shop and releases it', () => {
  let world: World
  const current = () => world

  beforeAll(async () => {
    world = await startWorld()
  })
  afterAll(() => world?.stop())

  environmentsStory(current)
  targetsStory(current)
  packagesStory(current)
  lifecyclesStory(current)
  releasesStory(current)
  refusalsStory(current)
})
