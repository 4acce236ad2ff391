import { createClient } from '@libsql/client'
import { drizzle } from 'drizzle-orm/libsql'
import { type Anchor, knownAnchors } from '../../worker/audit/anchors.ts'
import { type Verification, verifyChain } from '../../worker/audit/verify.ts'

/**
 * Follows the whole chain of a database file that nobody has open.
 * @param anchors copies of seals as the object store has them; without them a cut end goes unseen
 */
export const verifyFile = async (
  file: string,
  masterKey: string,
  anchors?: Anchor[],
): Promise<Verification> => {
  const client = createClient({ url: `file:${file}` })
  try {
    return await verifyChain(drizzle(client), masterKey, anchors && knownAnchors(anchors), {
      rows: Number.POSITIVE_INFINITY,
    })
  } finally {
    client.close()
  }
}
