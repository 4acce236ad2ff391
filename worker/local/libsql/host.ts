import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

export interface LibsqlHost {
  /** `http://127.0.0.1:PORT`, for `@libsql/client/http` together with the token. */
  readonly url: string
  readonly token: string
  /** Resolves with the reason when the thread dies by itself. */
  readonly failed: Promise<Error>
  stop(): Promise<void>
}

const STOP_MS = 5_000

/** Starts the embedded engine on the database file, made when it is missing, in a thread of its own. */
export const startLibsql = async (file: string): Promise<LibsqlHost> => {
  const token = randomBytes(32).toString('base64url')
  const thread = new Worker(new URL('./thread.ts', import.meta.url), {
    workerData: { file, token },
  })
  const failed = new Promise<Error>(resolve => {
    thread.once('error', resolve)
    thread.once('exit', code => resolve(new Error(`The database thread ended with code ${code}`)))
  })
  const started = await Promise.race([once(thread, 'message'), failed])
  if (started instanceof Error) throw started
  return {
    url: String(started[0]),
    token,
    failed,
    stop: async () => {
      const ended = once(thread, 'exit')
      thread.postMessage('stop')
      const overdue = setTimeout(() => void thread.terminate(), STOP_MS)
      await ended
      clearTimeout(overdue)
    },
  }
}
