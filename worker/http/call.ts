import type { Principal, User } from '../access/principal.ts'
import type { Database } from '../database/client.ts'
import type { Environment } from '../environment.ts'
import type { Query } from './query.ts'

export type Space = { id: string; name: string; slug: string; isDefault: boolean }

/** Where something comes from, for the audit record. */
export type Origin = { userAgent: string; address: string }

/** All that a deed needs to know: who, where, when, with what. Commands take it first. */
export type Context = {
  env: Environment
  db: Database
  principal: User
  origin: Origin
  /** Epoch milliseconds; the same instant throughout one request. */
  now: number
  /** Carries on after the answer has gone out. */
  defer: (work: Promise<unknown>) => void
}

/** One request, parsed. `space` is the space of the URL, else the default one. */
export type Call<Body = unknown> = Context & {
  request: Request
  space: Space
  /** False when the URL named no space: some resources then answer for all of them. */
  spaceNamed: boolean
  params: Record<string, string>
  query: Query
  body: Body
  requestId: string
}

export type AnyPrincipalCall<Body = unknown> = Omit<Call<Body>, 'principal'> & {
  principal: Principal
}
