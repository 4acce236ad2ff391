import { sql } from 'drizzle-orm'
import type { Release } from '../../runner/protocol/release.ts'
import type { Database } from '../database/client.ts'
import type { Environment } from '../environment.ts'

/** Read once in the life of an isolate: the static files of a version never change. */
let known: Promise<Release | undefined> | undefined

/** The runner's program that this server gives to targets; undefined where it has none. */
export const currentRelease = (env: Pick<Environment, 'ASSETS'>): Promise<Release | undefined> => {
  known ??= readRelease(env).catch(() => {
    known = undefined
    return undefined
  })
  return known
}

const readRelease = async ({
  ASSETS,
}: Pick<Environment, 'ASSETS'>): Promise<Release | undefined> => {
  const [program, signed] = await Promise.all(
    ['runner.mjs', 'runner.mjs.sig'].map(name => ASSETS.fetch(`https://assets.invalid/${name}`)),
  )
  if (!program?.ok) return undefined
  const bytes = await program.arrayBuffer()
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
  const text = new TextDecoder().decode(bytes)
  const version = /RUNNER_VERSION\s*=\s*["']([\w.+-]{1,50})["']/.exec(text)?.[1] ?? ''
  const signature = signed?.ok ? (await signed.text()).trim() : ''
  return {
    version,
    sha256: [...digest].map(byte => byte.toString(16).padStart(2, '0')).join(''),
    ...(/^[A-Za-z0-9_-]{86}$/.test(signature) && { signature }),
  }
}

/** A machine policy of one of its targets forbids new programs. */
export const mustStay = async (db: Database, runnerId: string): Promise<boolean> => {
  const rows = await db.all(sql`SELECT 1 FROM targets t
    JOIN machine_policies p ON p.id = t.machine_policy_id
    WHERE t.runner_id = ${runnerId}
      AND p.settings ->> '$.MachineUpdatePolicy.TentacleUpdateBehavior' = 'NeverUpdate' LIMIT 1`)
  return rows.length > 0
}
