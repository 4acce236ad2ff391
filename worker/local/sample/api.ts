/** What the API answered instead of what was asked for. */
export class ApiError extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

export interface Resource {
  readonly Id: string
  readonly [field: string]: unknown
}

interface Named {
  readonly Name: string
  readonly [field: string]: unknown
}

const TIMEOUT_MS = 60_000
const SPACE = '/api/Spaces-1'

/** A client of the public API's first space: the sample is made by the means that everybody has. */
export class Api {
  readonly #server: string
  readonly #apiKey: string
  readonly #signal: AbortSignal

  constructor(server: string, apiKey: string, signal: AbortSignal) {
    this.#server = server
    this.#apiKey = apiKey
    this.#signal = signal
  }

  get(path: string): Promise<unknown> {
    return this.#request('GET', path)
  }

  post(path: string, body: unknown): Promise<unknown> {
    return this.#request('POST', path, JSON.stringify(body))
  }

  put(path: string, body: unknown): Promise<unknown> {
    return this.#request('PUT', path, JSON.stringify(body))
  }

  upload(path: string, fileName: string, contents: Uint8Array<ArrayBuffer>): Promise<unknown> {
    const form = new FormData()
    form.append('fileToUpload', new Blob([contents]), fileName)
    return this.#request('POST', path, form)
  }

  /** The resource of that name, made when there is none. */
  async ensure(path: string, resource: Named): Promise<Resource> {
    const query = new URLSearchParams({ partialName: resource.Name, take: '1000' })
    const found = itemsOf(await this.get(`${path}?${query}`)).find(
      item => item.Name === resource.Name,
    )
    return found ?? asResource(await this.post(path, resource))
  }

  async #request(method: string, path: string, body?: string | FormData): Promise<unknown> {
    const response = await fetch(`${this.#server}${SPACE}${path}`, {
      method,
      headers: {
        'X-Octopus-ApiKey': this.#apiKey,
        ...(typeof body === 'string' && { 'Content-Type': 'application/json' }),
      },
      ...(body !== undefined && { body }),
      signal: AbortSignal.any([this.#signal, AbortSignal.timeout(TIMEOUT_MS)]),
    })
    const text = await response.text()
    if (!response.ok) {
      throw new ApiError(
        response.status,
        `${method} ${SPACE}${path} answered ${response.status}: ${text.slice(0, 1_000)}`,
      )
    }
    return text === '' ? undefined : JSON.parse(text)
  }
}

export const asResource = (value: unknown): Resource => {
  if (
    typeof value === 'object' &&
    value !== null &&
    'Id' in value &&
    typeof value.Id === 'string'
  ) {
    return { ...value, Id: value.Id }
  }
  throw new Error('Expected the API to answer a resource with an Id')
}

export const itemsOf = (page: unknown): Resource[] => {
  const items: unknown =
    typeof page === 'object' && page !== null && 'Items' in page ? page.Items : undefined
  if (!Array.isArray(items)) throw new Error('Expected the API to answer a page of Items')
  return items.map(asResource)
}
