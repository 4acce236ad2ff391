import { createHash } from 'node:crypto'
import { zipSync } from 'fflate'
import type { GrantedPackage } from '../../runner/protocol/messages.ts'
import type { ProtocolServer } from './protocol-server.ts'

/** Puts a package on the server and answers how a grant names it. */
export const publish = (
  server: ProtocolServer,
  bytes: Buffer,
  extension = '.zip',
  version = '1.0.0',
): GrantedPackage => {
  const sha256 = createHash('sha256').update(bytes).digest('hex')
  server.packages.set(sha256, bytes)
  return {
    name: '',
    packageId: 'Shop.Web',
    version,
    extension,
    sha256,
    sizeBytes: bytes.length,
    extract: true,
  }
}

export const zipOf = (files: Record<string, string | Uint8Array>): Buffer =>
  Buffer.from(
    zipSync(
      Object.fromEntries(
        Object.entries(files).map(([name, content]) => [
          name,
          typeof content === 'string' ? new TextEncoder().encode(content) : content,
        ]),
      ),
    ),
  )
