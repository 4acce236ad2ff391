import { parentPort, workerData } from 'node:worker_threads'
import { serveLibsql } from './server.ts'

/** The worker thread: says where it serves, and ends when it is told to. */
const { file, token } = workerData as { file: string; token: string }
const server = await serveLibsql(file, token)
parentPort?.once('message', () => {
  void server.close().then(() => parentPort?.close())
})
parentPort?.postMessage(server.url)
