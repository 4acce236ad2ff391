import * as z from 'zod'

/** The runner's program as the server gives it at `/runner.mjs`. */
export const release = z.object({
  version: z.string().max(50),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Ed25519 over {@link releaseMessage}, base64url, where the maker has signed it. */
  signature: z.string().max(100).optional(),
})
export type Release = z.infer<typeof release>
export const releaseMessage = (sha256: string) =>
  new TextEncoder().encode(`slipway-runner:${sha256}`)
