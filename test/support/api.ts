/** A plain client of the API for tests and benchmarks; answers are whatever JSON came. */
export type Json = ReturnType<typeof JSON.parse>

export type Api = {
  url: string
  key: string
  get: (path: string) => Promise<Json>
  post: (path: string, body?: unknown) => Promise<Json>
  put: (path: string, body: unknown) => Promise<Json>
  del: (path: string) => Promise<Json>
  /** The answer as it is, for looking at refusals. */
  send: (method: string, path: string, init?: RequestInit) => Promise<Response>
  upload: (fileName: string, bytes: Uint8Array) => Promise<Json>
}

export const apiClient = (url: string, key: string): Api => {
  const send: Api['send'] = (method, path, init = {}) =>
    fetch(`${url}${path}`, {
      ...init,
      method,
      headers: { 'x-octopus-apikey': key, ...init.headers },
    })
  const json = async (method: string, path: string, body?: unknown): Promise<Json> => {
    const response = await send(method, path, {
      ...(body !== undefined && {
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      }),
    })
    return expectOk(method, path, response)
  }
  return {
    url,
    key,
    send,
    get: path => json('GET', path),
    post: (path, body) => json('POST', path, body),
    put: (path, body) => json('PUT', path, body),
    del: path => json('DELETE', path),
    upload: async (fileName, bytes) => {
      const form = new FormData()
      form.append('fileToUpload', new Blob([bytes as BlobPart]), fileName)
      const path = '/api/Spaces-1/packages/raw'
      return expectOk('POST', path, await send('POST', path, { body: form }))
    },
  }
}

const expectOk = async (method: string, path: string, response: Response): Promise<Json> => {
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
  return text === '' ? undefined : JSON.parse(text)
}

/** Waits for a task's end on the server's held log read, never by guessing a time. */
export const taskEnd = async (api: Api, taskId: string, timeoutMs = 60_000): Promise<Json> => {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    const task = await api.get(`/api/tasks/${taskId}`)
    if (task.IsCompleted) return task
    if (Date.now() > deadline)
      throw new Error(
        `${taskId} is still ${task.State} after ${timeoutMs} ms:\n${await rawLog(api, taskId)}`,
      )
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

export const rawLog = async (api: Api, taskId: string): Promise<string> =>
  (await api.send('GET', `/api/tasks/${taskId}/raw`)).text()
