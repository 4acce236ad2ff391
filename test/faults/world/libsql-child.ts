import { serveLibsql } from '../../../worker/local/libsql/server.ts'

// The embedded engine in a process of its own, to be killed. Says where it serves.
const [file = '', token = ''] = process.argv.slice(2)
const server = await serveLibsql(file, token)
process.stdout.write(`${server.url}\n`)
process.on('SIGTERM', () => void server.close().then(() => process.exit(0)))
// Whoever started us is gone.
process.stdin.on('end', () => process.exit(0)).resume()
