import type { CrashPoint } from './faults.ts'
import type { CrashRule, HostedObject, Server } from './server.ts'
import type { Turn } from './world.ts'

type When = 'before-commit' | 'after-commit'

/** Which of the named crash points the end of this turn is, if any. */
const pointOf = (
  object: HostedObject,
  { label, deeds, isWriting }: Turn,
  when: When,
): CrashPoint | undefined => {
  const isAfter = when === 'after-commit'
  if (object.kind === 'HUB') return label === 'dispatch' && isAfter ? 'C3' : undefined
  if (!isAfter) {
    if (label === 'alarm') return 'C16'
    if (label.startsWith('answer of libSQL') && isWriting && !object.hasBegun) return 'C2'
    return undefined
  }
  if (isWriting && deeds.includes('claim')) return 'C6'
  if (isWriting && deeds.includes('complete')) return 'C13'
  if (label.startsWith('answer of the store')) return 'C15'
  if (label.includes('.release') || label.startsWith('answer of libSQL'))
    return hasOutbox(object) ? 'C14' : undefined
  return undefined
}

const hasOutbox = ({ sqlite, instance }: HostedObject) =>
  instance !== undefined && sqlite.all('SELECT 1 FROM outbox LIMIT 1', []).length > 0

/** Crashes at the ends of turns: before what was written is committed, or before anybody hears. */
export const crashRule =
  (server: Server): CrashRule =>
  (object, turn, when) => {
    const { faults, chance } = server.world
    if (faults.isHealed) return
    const where = `${object.kind} ${turn.label} ${when}`
    const point: CrashPoint | undefined = pointOf(object, turn, when)
    const isFocus = point !== undefined && faults.isFocus(point, where)
    const isServer = isFocus ? chance.is(`whole ${where}`, 0.3) : faults.is('crash-server', where)
    if (!isFocus && !isServer && !faults.is('crash-object', where)) return
    if (point && !isFocus) faults.hit(point)
    server.world.say(`${object.name}: dies ${when} of ${turn.label}${point ? ` (${point})` : ''}`)
    return () => {
      if (isServer) server.crash(chance.whole('server down', 50, 20_000))
      else object.abort()
    }
  }

/** What goes wrong by the clock and not by an effect: asked every few seconds. */
export const nemesis = (
  server: Server,
  hosts: {
    name: string
    link: { cutUntil: number; halfUntil: number }
    clock: { offset: number }
    daemon: { pausedUntil: number } | undefined
    isWorking: boolean
    reboot(downMs: number): void
  }[],
  healAt: number,
): void => {
  const { world } = server
  const { faults, chance } = world
  const until = (name: string, from: number, to: number) =>
    Math.min(healAt, world.now + chance.whole(name, from, to))
  for (const host of hosts) {
    const { name } = host
    if (faults.is('partition', name)) {
      host.link.cutUntil = until('cut', 1_000, chance.is('long cut', 0.2) ? 700_000 : 90_000)
      world.say(`${name}: cut off until ${host.link.cutUntil / 1000}`)
    }
    if (faults.is('half-open', name)) host.link.halfUntil = until('half', 1_000, 90_000)
    if (faults.is('runner-clock', name))
      host.clock.offset += chance.one('runner jump', [-86_400_000, -600_000, 600_000, 86_400_000])
    if (faults.is('pause-runner', name) && host.daemon)
      host.daemon.pausedUntil = until('pause', 1_000, 180_000)
    const isFocus = host.isWorking && faults.isFocus('C11', name)
    if (isFocus || faults.is('reboot', name)) {
      if (host.isWorking && !isFocus) faults.hit('C11')
      host.reboot(chance.whole('boot', 1_000, 60_000))
    }
  }
  if (faults.is('server-clock', 'server')) {
    const ms = chance.one('server jump', [-20_000, -2_000, 3_000, 60_000, 3_600_000])
    world.say(`server: clock jumps by ${ms} ms`)
    server.jump(ms)
  }
  if (faults.is('pause-server', 'server')) {
    const end = until('server pause', 500, 90_000)
    world.say(`server: stands still until ${end / 1000}`)
    server.pauseUntil(end)
  }
  if (faults.is('libsql-down', 'window') && !server.isLibsqlDown) {
    server.isLibsqlDown = true
    world.say('libSQL: unreachable')
    world.after(chance.whole('libsql', 1_000, 60_000), undefined, '', () => {
      server.isLibsqlDown = false
      world.say('libSQL: reachable')
    })
  }
  if (faults.is('crash-server', 'any time')) server.crash(chance.whole('server down', 50, 20_000))
}
