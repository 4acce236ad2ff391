import type { Chance } from './chance.ts'

/** What goes wrong, by class; a run must have met each of them often. */
export const FAULTS = [
  /** Between runner and server. */
  'drop-request',
  'drop-reply',
  'duplicate',
  'delay',
  'partition',
  'half-open',
  'reset',
  'version-skew',
  /** The server. */
  'crash-server',
  'crash-object',
  'pause-server',
  'server-clock',
  'alarm-late',
  /** What the server stands on. */
  'libsql-down',
  'libsql-lost-reply',
  'libsql-slow',
  'store-down',
  'object-call-lost',
  /** A target's machine. */
  'crash-runner',
  'kill-supervisor',
  'reboot',
  'pause-runner',
  'runner-clock',
  'torn-write',
] as const
export type Fault = (typeof FAULTS)[number]

/** How likely each is wherever it could happen, before the seed makes it rarer or commoner. */
const RATES: Record<Fault, number> = {
  'drop-request': 0.03,
  'drop-reply': 0.03,
  duplicate: 0.04,
  delay: 0.04,
  partition: 0.02,
  'half-open': 0.02,
  reset: 0.02,
  'version-skew': 0.3,
  'crash-server': 0.003,
  'crash-object': 0.006,
  'pause-server': 0.008,
  'server-clock': 0.006,
  'alarm-late': 0.05,
  'libsql-down': 0.02,
  'libsql-lost-reply': 0.02,
  'libsql-slow': 0.03,
  'store-down': 0.1,
  'object-call-lost': 0.01,
  'crash-runner': 0.003,
  'kill-supervisor': 0.03,
  reboot: 0.02,
  'pause-runner': 0.003,
  'runner-clock': 0.01,
  'torn-write': 0.5,
}

/** Where a crash of 2.6 has been met. */
export const CRASH_POINTS = [
  'C1',
  'C2',
  'C3',
  'C4',
  'C5',
  'C6',
  'C7',
  'C8',
  'C9',
  'C10',
  'C11',
  'C12',
  'C13',
  'C14',
  'C15',
  'C16',
  'C17',
] as const
export type CrashPoint = (typeof CRASH_POINTS)[number]
/** It takes a longer run-up than the others: it has a share of its own. */
const FOCUSED = CRASH_POINTS.filter(point => point !== 'C17')

/** Crash points that no schedule can meet here, and why. */
export const NOT_HELD: Record<string, string> = {
  C18: 'package bytes without a row: packages are no part of the model; see test/worker/packages/orphans.test.ts',
}

export type Hits = Record<string, number>

/** Hits of each class of faults and of each crash point in a full run; fewer in fewer schedules. */
const FAULT_HITS = 100
const POINT_HITS = 50
export const FULL_RUN = 10_000

/** What a run of so many schedules has hardly met: it proves little about that. */
export const hardlyHit = (hits: Hits, schedules: number): string[] => {
  const scale = Math.min(1, schedules / FULL_RUN)
  const isFew = (least: number) => (name: string) => (hits[name] ?? 0) < least * scale
  return [
    ...[...FAULTS, 'reorder'].filter(isFew(FAULT_HITS)),
    ...CRASH_POINTS.filter(isFew(POINT_HITS)),
  ]
}

/** Decides which faults happen in one schedule, and remembers them. */
export class Faults {
  readonly hits: Hits = {}
  /** The faults that happened, by the name that finds each again. */
  readonly taken: string[] = []
  /** After healing nothing goes wrong any more. */
  isHealed = false
  /** The crash point that this schedule is after, besides what happens anyway. */
  readonly focus: CrashPoint | undefined
  readonly #chance: Chance
  readonly #rates: Record<Fault, number>
  readonly #allowed: ReadonlySet<string> | undefined

  constructor(chance: Chance, allowed?: ReadonlySet<string>) {
    this.#chance = chance
    this.#allowed = allowed
    this.#rates = { ...RATES }
    // Swarm: each schedule leaves some classes out, and turns others up.
    const calm = chance.is('swarm:calm', 0.05)
    for (const fault of FAULTS) {
      const draw = chance.draw(`swarm:${fault}`)
      this.#rates[fault] *= calm || draw < 0.45 ? 0 : draw > 0.9 ? 4 : 1
    }
    const focus = chance.is('swarm:focus', 0.6) ? chance.one('focus', FOCUSED) : undefined
    this.focus = chance.is('swarm:put back', 0.09) ? 'C17' : focus
  }

  /** Whether this goes wrong here and now. `where` need not be unique: it is counted. */
  is(fault: Fault, where: string): boolean {
    const rate = this.#rates[fault]
    if (rate === 0 || this.isHealed) return false
    return this.#decide(fault, `${fault}@${where}`, rate)
  }

  /** A fault that this schedule is about: as likely as it says, also where its class is left out. */
  isPlanned(fault: Fault, where: string, probability: number): boolean {
    return this.#decide(fault, `${fault}@planned ${where}`, probability)
  }

  /** Whether to crash at a named point: only schedules that are after it do, now and then. */
  isFocus(point: CrashPoint, where: string): boolean {
    if (this.focus !== point || this.isHealed) return false
    return this.#decide(point, `${point}@${where}`, 0.35)
  }

  hit(name: string): void {
    this.hits[name] = (this.hits[name] ?? 0) + 1
  }

  #decide(name: string, where: string, rate: number): boolean {
    const count = this.#chance.count(where)
    if (this.#chance.at(where, count) >= rate) return false
    const key = `${where}#${count}`
    if (this.#allowed && !this.#allowed.has(key)) return false
    this.taken.push(key)
    this.hit(name)
    return true
  }
}
