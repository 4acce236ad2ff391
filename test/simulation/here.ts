import type { Host } from './host.ts'
import type { Server } from './server.ts'
import type { World } from './world.ts'

/** The schedule under way: what the stand-ins for platform modules act upon. One at a time. */
export type Here = { world: World; server: Server; hosts: Map<string, Host> }

let here: Here | undefined

export const enter = (next: Here | undefined): void => {
  here = next
}

export const current = (): Here => {
  if (!here) throw new Error('no schedule is under way')
  return here
}

export const isUnderWay = (): boolean => here !== undefined

/** The machine on which the code that is running now runs. */
export const hostHere = (): Host => {
  const { world, hosts } = current()
  const host = hosts.get(world.turn?.life.name.split('/')[0] ?? '')
  if (!host) throw new Error(`${world.turn?.life.name} is no machine`)
  return host
}
