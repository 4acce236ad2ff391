/** What a runner signs with its key to begin a session. */
export const sessionMessage = (runnerId: string, nonce: string) =>
  new TextEncoder().encode(`slipway-session:${runnerId}:${nonce}`)

/** What is signed for a claim or a completion and sent as `Slipway-Proof: <number>.<signature>`: a
 *  number used once in the session, the path, and the SHA-256 of the body, base64url. */
export const PROOF_HEADER = 'slipway-proof'
export const proofMessage = (proof: {
  runnerId: string
  epoch: number
  number: number
  path: string
  digest: string
}) => {
  const { runnerId, epoch, number, path, digest } = proof
  return new TextEncoder().encode(`slipway-proof:${runnerId}:${epoch}:${number}:${path}:${digest}`)
}
