import type { z } from 'zod'
import type { Permission } from '../access/permission.ts'
import type { AnyPrincipalCall, Call } from './call.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

/** Who may call. A {@link Permission} must be held somewhere in the space; commands then check it
 *  against the very project and environment. `signed-in`: any user. `public`: anybody. */
export type Requirement = Permission | 'signed-in' | 'public'

/** `space`: under `/api/{space}`. `system`: directly under `/api`. `root`: outside `/api`. */
export type Area = 'space' | 'system' | 'root'

export type Route = {
  method: Method
  area: Area
  /** After the area's prefix, with `{name}` parameters: `/projects/{id}`. */
  path: string
  permission: Requirement
  schema?: z.ZodType
  /** The handler reads the body itself: uploads, byte streams. */
  rawBody?: boolean
  bodyBytes?: number
  summary?: string
  handler: (call: never) => unknown
}

type Handles<P extends Requirement, Body> = (
  call: P extends 'public' ? AnyPrincipalCall<Body> : Call<Body>,
) => unknown

/**
 * The one way to declare a route. The handler's result becomes JSON with status 200; a `Response`
 * goes out as it is ({@link created}, {@link nothing}). Whoever adds one states who may call it.
 */
export const route = <P extends Requirement, S extends z.ZodType = z.ZodUnknown>(
  declaration: Omit<Route, 'handler' | 'schema' | 'permission'> & {
    permission: P
    schema?: S
    handler: Handles<P, z.output<S>>
  },
): Route => declaration as Route

export const created = (body: unknown): Response => Response.json(body, { status: 201 })
/** A deletion's answer: 200 with an empty body, which every client takes. */
export const nothing = (): Response => new Response(null, { status: 200 })
