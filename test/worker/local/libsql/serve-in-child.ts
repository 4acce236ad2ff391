import { startLibsql } from '../../../../worker/local/libsql/host.ts'

const file = process.argv[2]
if (file === undefined) throw new Error('Expected the database file as the only argument')
const { url, token } = await startLibsql(file)
process.stdout.write(`${JSON.stringify({ url, token })}\n`)
