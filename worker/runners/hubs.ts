import type { Environment } from '../environment.ts'
import type { DispatchReply, DispatchRequest } from './dispatching.ts'
import { hubObject } from './object.ts'

type Quarantined = { target: string; attempt: string; runner: string }

/**
 * The hubs one deployment deals with: its own space's, which holds the locks, and those of the
 * spaces whose shared workers it borrows. Asking again changes nothing, at each of them.
 */
export class Hubs {
  readonly #env: Pick<Environment, 'HUB'>
  readonly #home: string
  readonly #spaceOf: ReadonlyMap<string, string>

  /** @param borrowed runner id → the space it belongs to, for runners of other spaces */
  constructor(
    env: Pick<Environment, 'HUB'>,
    home: string,
    borrowed: ReadonlyMap<string, string> = new Map(),
  ) {
    this.#env = env
    this.#home = home
    this.#spaceOf = borrowed
  }

  /** A lock that another deployment holds keeps everything back. */
  async dispatch(request: DispatchRequest): Promise<DispatchReply> {
    const own = await this.#hub(this.#home).dispatch({
      ...request,
      wants: this.#wantsIn(request, this.#home),
    })
    if (own.type === 'locked') return own
    const others = await Promise.all(
      this.#others().map(space =>
        this.#hub(space).dispatch({
          ...request,
          targets: [],
          wants: this.#wantsIn(request, space),
        }),
      ),
    )
    const offerings = [own, ...others].flatMap(reply =>
      reply.type === 'offered' ? reply.offerings : [],
    )
    return { type: 'offered', offerings }
  }

  async withdraw(attempts: string[]): Promise<void> {
    await this.#all(hub => hub.withdraw(attempts))
  }

  forget(runner: string, attempt: string): Promise<void> {
    return this.#hub(this.#spaceOfRunner(runner)).forget(runner, attempt)
  }

  cancel(runner: string, attempt: string, reason: string): Promise<void> {
    return this.#hub(this.#spaceOfRunner(runner)).cancel(runner, attempt, reason)
  }

  async release(deployment: string, quarantined: Quarantined[]): Promise<void> {
    await this.#all((hub, space) =>
      hub.release(deployment, space === this.#home ? quarantined : []),
    )
  }

  async sealed(attempts: { runner: string; attempt: string }[]): Promise<void> {
    await this.#all((hub, space) =>
      hub.sealed(attempts.filter(({ runner }) => this.#spaceOfRunner(runner) === space)),
    )
  }

  async lift(attempt: string): Promise<void> {
    await this.#all(hub => hub.lift(attempt))
  }

  #all(deed: (hub: ReturnType<typeof hubObject>, space: string) => Promise<void>) {
    return Promise.all([this.#home, ...this.#others()].map(space => deed(this.#hub(space), space)))
  }

  /** A pool borrows from others only when it has no worker of its own: its runners share a space. */
  #wantsIn({ wants }: DispatchRequest, space: string) {
    return wants.filter(({ runners }) => this.#spaceOfRunner(runners[0]) === space)
  }

  #spaceOfRunner(runner: string | undefined): string {
    return (runner !== undefined && this.#spaceOf.get(runner)) || this.#home
  }

  #others(): string[] {
    return [...new Set(this.#spaceOf.values())].filter(space => space !== this.#home)
  }

  #hub(space: string) {
    return hubObject(this.#env, space)
  }
}
