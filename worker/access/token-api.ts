import { readBytes } from '../http/input.ts'
import { type Route, route } from '../http/route.ts'

/** Errors of the token endpoint have OAuth's form, not the API's: its clients read the description. */
const refused = (error: string, description: string): Response =>
  Response.json({ error, error_description: description }, { status: 400 })

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'

export const tokenRoutes: Route[] = [
  route({
    area: 'root',
    method: 'GET',
    path: '/.well-known/openid-configuration',
    permission: 'public',
    summary: 'Where tokens are exchanged',
    handler: ({ env }) => ({
      issuer: env.PUBLIC_URL,
      token_endpoint: `${env.PUBLIC_URL}/token/v1`,
      grant_types_supported: [EXCHANGE],
    }),
  }),
  route({
    area: 'root',
    method: 'POST',
    path: '/token/v1',
    permission: 'public',
    rawBody: true,
    summary: "Exchange another provider's token for an access token",
    handler: async ({ request }) => {
      const fields = await readFields(request)
      if (fields === undefined)
        return refused('invalid_request', 'Send a form or JSON with grant_type and subject_token.')
      if (fields.grant_type !== EXCHANGE)
        return refused(
          'unsupported_grant_type',
          `grant_type must be ${EXCHANGE}; found '${String(fields.grant_type ?? '').slice(0, 100)}'.`,
        )
      const audience = String(fields.audience ?? '').slice(0, 100)
      return refused(
        'invalid_request',
        `No service account with the external id '${audience}' accepts tokens of another provider. ` +
          'Add an OIDC identity to the service account, or use an API key.',
      )
    },
  }),
]

const TOKEN_BODY_BYTES = 65_536

const readFields = async (request: Request): Promise<Record<string, unknown> | undefined> => {
  const bytes = await readBytes(request, TOKEN_BODY_BYTES)
  const text = new TextDecoder().decode(bytes)
  try {
    const value: unknown = text.trimStart().startsWith('{')
      ? JSON.parse(text)
      : Object.fromEntries(new URLSearchParams(text))
    return value !== null && typeof value === 'object'
      ? (value as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}
