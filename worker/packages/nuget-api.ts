import type { Call } from '../http/call.ts'
import { notFound } from '../http/problem.ts'
import { type Route, route } from '../http/route.ts'
import { pushPackage } from './commands.ts'
import { parseOverwriteMode } from './package.ts'
import { openUpload } from './upload.ts'

/** What NuGet's own client does: a look without a key, which must succeed or it asks for a
 *  password, then a PUT whose part and file name say nothing. */
const at = (area: 'root' | 'space', path: string): Route[] => [
  route({
    method: 'PUT',
    area,
    path,
    permission: 'BuiltInFeedPush',
    rawBody: true,
    summary: 'Push a NuGet package',
    handler: push,
  }),
  route({
    method: 'GET',
    area,
    path,
    permission: 'public',
    summary: 'Tell NuGet clients that packages can be pushed here',
    handler: () =>
      new Response(SERVICE, { headers: { 'content-type': 'application/xml; charset=utf-8' } }),
  }),
]

const SERVICE =
  '<?xml version="1.0" encoding="utf-8"?>\n' +
  '<service xmlns="http://www.w3.org/2007/app"><workspace>' +
  '<collection href="Packages"/></workspace></service>\n'

const push = async (call: Call): Promise<Response> => {
  if (call.space.id === '') throw notFound(call.params.space ?? '')
  const { content } = await openUpload(call.request, call.query)
  const mode = parseOverwriteMode(call.query.text('overwriteMode'), call.query.flag('replace'))
  const upload = { fileName: 'package.nupkg', content }
  const { outcome } = await pushPackage(call, call.space.id, upload, mode)
  return new Response(null, { status: outcome === 'created' ? 201 : 200 })
}

export const nugetRoutes: Route[] = [
  ...at('root', '/nuget/packages'),
  ...at('root', '/{space}/nuget/packages'),
  ...at('space', '/nuget/packages'),
]
