/** On every answer, errors and fragments included. Pages carry no inline script or style. */
export const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
  "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; " +
  "frame-ancestors 'none'; object-src 'none'"

const COMMON: Record<string, string> = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
}

/** Adds what the answer does not already say for itself. */
export const secured = (response: Response, secure: boolean): Response => {
  const answer = new Response(response.body, response)
  for (const [name, value] of Object.entries(COMMON))
    if (!answer.headers.has(name)) answer.headers.set(name, value)
  if (secure && !answer.headers.has('strict-transport-security'))
    answer.headers.set('strict-transport-security', 'max-age=31536000')
  return answer
}
