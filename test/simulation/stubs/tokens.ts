// Stands in for worker/access/tokens.ts: a token is what it says; its signature is no part of the model.
export * from '../../../worker/access/tokens.ts'

type Claims = { subject: string; ttlMs: number; claims: Record<string, unknown>; now: number }
export const issueToken = async (_env: unknown, _db: unknown, given: Claims) =>
  JSON.stringify({
    subject: given.subject,
    expiresAt: given.now + given.ttlMs,
    claims: given.claims,
  })
export const verifyToken = async (
  _env: unknown,
  _db: unknown,
  token: string,
  { now }: { now: number },
) => {
  const issued = JSON.parse(token) as { expiresAt: number }
  return issued.expiresAt > now ? issued : undefined
}
export const kidOf = () => undefined
export const keyIsCached = () => true
export const rememberKey = async () => undefined
export const verifyWithCachedKey = verifyToken
