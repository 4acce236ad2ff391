import type { Deployment } from './deployments/coordinator.ts'
import type { Hub } from './runners/hub.ts'

/** What the Worker is given: bindings and settings, the same names on one machine and hosted. */
export type Environment = {
  DEPLOYMENT: DurableObjectNamespace<Deployment>
  HUB: DurableObjectNamespace<Hub>
  /** Packages under `sha256/`, sealed logs under `logs/`, artifacts under `artifacts/`. */
  STORE: R2Bucket
  ASSETS: Fetcher
  /** Present on one machine: the embedded libSQL server, reached without a socket of ours. */
  DATABASE?: Fetcher
  LIBSQL_URL: string
  LIBSQL_TOKEN?: string
  /** 32 bytes, base64. Wraps each space's data key and the signing keys. */
  MASTER_KEY: string
  /** Absolute base of the portal, without a trailing slash; never taken from a Host header. */
  PUBLIC_URL: string
  /** What a request of the host itself carries; such routes are refused without it. */
  INTERNAL_SECRET?: string
  INSTALLATION_ID: string
  HOSTED: 'local' | 'cloudflare'
}
