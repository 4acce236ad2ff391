import { createClient } from '@libsql/client/http'
import { migrate, readMigrations } from './migrations.ts'
import { pathTo } from './paths.ts'

/** `npm run migrate`: brings the database named by `LIBSQL_URL` and `LIBSQL_TOKEN` up to date. */
const url = process.env.LIBSQL_URL
if (url === undefined || url === '') {
  process.stderr.write(
    'Expected LIBSQL_URL to name the database, like libsql://slipway.example.com, and LIBSQL_TOKEN its token. `npm start` migrates its own database by itself.\n',
  )
  process.exit(2)
}
try {
  const token = process.env.LIBSQL_TOKEN
  const db = createClient({ url, ...(token && { authToken: token }) })
  const applied = await migrate(db, await readMigrations(pathTo('migrations')), Date.now())
  db.close()
  const told =
    applied.length === 0 ? 'The database is up to date.' : `Applied ${applied.join(', ')}.`
  process.stdout.write(`${told}\n`)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(1)
}
