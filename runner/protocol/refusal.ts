import * as z from 'zod'

/** `stale`: a newer fence or epoch holds. `gap`: send from `next`. `gone`: forget the attempt.
 *  `replayed`: the very same message was taken before: ask again with a new proof. */
export const refusal = z.object({
  error: z.enum([
    'invalid',
    'unauthenticated',
    'forbidden',
    'stale',
    'gap',
    'digest',
    'gone',
    'too_large',
    'unavailable',
    'replayed',
  ]),
  message: z.string().max(2000),
  next: z.number().int().min(0).optional(),
})
export type Refusal = z.infer<typeof refusal>
