import { ProblemPage } from '../../ui/components/problem-page.tsx'
import type { Frame } from '../../ui/frame.tsx'
import type { AnyPrincipalCall } from './call.ts'
import { frameOf, themeOf } from './page.tsx'
import type { Problem } from './problem.ts'

/** A problem as a page, for people. Who is not signed in is sent to sign in and brought back. */
export const problemPage = async (
  problem: Problem,
  request: Request,
  status: number,
  call?: AnyPrincipalCall,
): Promise<Response> => {
  const { pathname, search } = new URL(request.url)
  const path = pathname + search
  if (problem.code === 'unauthenticated' && request.method === 'GET') {
    const location = `/sign-in?${new URLSearchParams({ returnTo: path })}`
    const headers: Record<string, string> = request.headers.has('hx-request')
      ? { 'hx-redirect': location }
      : { location }
    return new Response(null, { status: request.headers.has('hx-request') ? 401 : 303, headers })
  }
  const nobody = anonymousFrame(request, path)
  const frame = call ? await frameOf(call).catch(() => nobody) : nobody
  const page = await (<ProblemPage frame={frame} status={status} message={problem.message} />)
  return new Response(`<!doctype html>${page}`, {
    status,
    headers: { 'content-type': 'text/html; charset=utf-8' },
  })
}

/** Before it was known who asks, or when even that fails. */
const anonymousFrame = (request: Request, path: string): Frame => ({
  spaceName: '',
  theme: themeOf(request.headers.get('cookie') ?? ''),
  csrf: '',
  now: Date.now(),
  path,
})
