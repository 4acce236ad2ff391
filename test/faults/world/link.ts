import http from 'node:http'
import net, { type AddressInfo, type Socket } from 'node:net'

/** One request on its way. */
export type Passage = {
  at: number
  method: string
  path: string
  headers: http.IncomingHttpHeaders
  body: Buffer
}
export type Answer = { status: number; headers: http.IncomingHttpHeaders; body: Buffer }

/** What becomes of a request. `pass` unless a rule says otherwise. */
export type Verdict =
  | { type: 'pass' }
  /** It never arrives, and the connection breaks. */
  | { type: 'lose' }
  /** So many bytes of it arrive, head included, then the connection breaks on both sides. */
  | { type: 'cut'; bytes: number }
  /** It arrives and is carried out; the answer is lost with the connection. */
  | { type: 'lose-answer' }
  /** It arrives so many times, one after the other, or at once; the first answer counts, the last
   *  one, or the one that comes last. */
  | { type: 'repeat'; times: number; counts: 'first' | 'last' | 'latest' }
  /** Neither it nor a word about it arrives, and nobody is told. */
  | { type: 'swallow' }
  | { type: 'answer'; status: number; headers?: Record<string, string>; body: string }

export type Rule = (passage: Passage) => Verdict | undefined | Promise<Verdict | undefined>

/** Told of each answer before it is delivered; false: it is lost. */
export type Watch = (passage: Passage, answer: Answer) => unknown

const MAX_BODY = 64 * 1024 * 1024

/** A proxy of our own between two parties that speak HTTP over TCP. */
export class Link {
  rule: Rule | undefined
  watch: Watch | undefined
  /** Hears of every answer the other side has given, delivered or not. */
  onAnswered: ((passage: Passage, answer: Answer) => void) | undefined
  /** While true nothing gets through, in neither direction, and no connection is refused or reset. */
  isBlackHole = false
  /** Of all that was answered. */
  readonly answers: { at: number; method: string; path: string; status: number }[] = []
  /** When each request arrived here. */
  readonly arrivals: number[] = []
  keepsRecord = true
  /** What a test build asks at its fail points, and is answered. */
  points: ((body: unknown) => Promise<unknown>) | undefined
  readonly #server: http.Server
  readonly #agent = new http.Agent({ keepAlive: true, maxSockets: 1_024, timeout: 3_000 })
  readonly #sockets = new Set<Socket>()
  #upstream: URL

  private constructor(upstream: string) {
    this.#upstream = new URL(upstream)
    this.#server = http.createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
      void this.#take(request, response).catch(() => response.destroy())
    })
    this.#server.on('connection', socket => {
      this.#sockets.add(socket)
      socket.on('error', () => {})
      socket.once('close', () => this.#sockets.delete(socket))
    })
  }

  static async open(upstream: string): Promise<Link> {
    const link = new Link(upstream)
    await new Promise<void>(resolve => link.#server.listen(0, '127.0.0.1', resolve))
    return link
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  leadTo(upstream: string): void {
    this.#upstream = new URL(upstream)
  }

  heal(): void {
    this.rule = undefined
    this.watch = undefined
    this.isBlackHole = false
  }

  /** Breaks every connection there is. */
  breakAll(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  async close(): Promise<void> {
    this.breakAll()
    this.#agent.destroy()
    await new Promise(resolve => this.#server.close(resolve))
  }

  async #take(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const at = Date.now()
    this.arrivals.push(at)
    response.on('error', () => {})
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of request) {
      size += (chunk as Buffer).length
      if (size > MAX_BODY) throw new Error('too large')
      chunks.push(chunk as Buffer)
    }
    const passage: Passage = {
      at,
      method: request.method ?? 'GET',
      path: request.url ?? '/',
      headers: request.headers,
      body: Buffer.concat(chunks),
    }
    if (passage.path === '/__faults/point') {
      const said = await this.points?.(JSON.parse(passage.body.toString('utf8')))
      response.end(JSON.stringify(said ?? {}))
      return
    }
    if (this.isBlackHole) return
    const verdict = (await this.rule?.(passage)) ?? { type: 'pass' }
    if (verdict.type === 'swallow') return
    if (verdict.type === 'lose') return void response.destroy()
    if (verdict.type === 'cut') {
      await this.#cut(request, passage, verdict.bytes)
      return void response.destroy()
    }
    if (verdict.type === 'answer') {
      response.writeHead(verdict.status, {
        'content-type': 'application/json',
        ...verdict.headers,
      })
      response.end(verdict.body)
      return
    }
    const answer = await this.#forwardAll(request, passage, verdict)
    this.onAnswered?.(passage, answer)
    if (this.isBlackHole) return
    if ((await this.watch?.(passage, answer)) === false || verdict.type === 'lose-answer')
      return void response.destroy()
    if (this.isBlackHole) return
    if (this.keepsRecord)
      this.answers.push({
        at: Date.now(),
        method: passage.method,
        path: passage.path,
        status: answer.status,
      })
    const { 'transfer-encoding': _, connection: __, 'keep-alive': ___, ...headers } = answer.headers
    response.writeHead(answer.status, { ...headers, 'content-length': answer.body.length })
    response.end(answer.body)
  }

  async #forwardAll(
    request: http.IncomingMessage,
    passage: Passage,
    verdict: Verdict,
  ): Promise<Answer> {
    if (verdict.type !== 'repeat') return this.#forward(request, passage)
    const answers: Answer[] = []
    const once = async () => {
      answers.push(await this.#forward(request, passage))
    }
    if (verdict.counts === 'latest')
      await Promise.all(Array.from({ length: verdict.times }, () => once()))
    else for (let time = 0; time < verdict.times; time++) await once()
    return answers.at(verdict.counts === 'first' ? 0 : -1) as Answer
  }

  #forward(request: http.IncomingMessage, { method, path, body }: Passage): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const onward = http.request(
        {
          agent: this.#agent,
          hostname: this.#upstream.hostname,
          port: this.#upstream.port,
          method,
          path,
          headers: onwardHeaders(request, body),
        },
        answer => {
          const chunks: Buffer[] = []
          answer.on('data', chunk => chunks.push(chunk))
          answer.once('error', reject)
          answer.once('end', () =>
            resolve({
              status: answer.statusCode ?? 502,
              headers: answer.headers,
              body: Buffer.concat(chunks),
            }),
          )
        },
      )
      onward.once('error', reject)
      onward.end(body)
    })
  }

  /** Sends the request by hand, as far as the cut. */
  #cut(request: http.IncomingMessage, passage: Passage, bytes: number): Promise<void> {
    const head = Object.entries(onwardHeaders(request, passage.body))
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('')
    const whole = Buffer.concat([
      Buffer.from(`${passage.method} ${passage.path} HTTP/1.1\r\n${head}\r\n`),
      passage.body,
    ])
    return new Promise(resolve => {
      const socket = net.connect(Number(this.#upstream.port), this.#upstream.hostname, () => {
        socket.write(whole.subarray(0, Math.min(bytes, whole.length - 1)), () => {
          // What was written shall arrive before the end does.
          setTimeout(() => socket.destroy(), 20)
        })
      })
      socket.on('error', () => {})
      socket.once('close', () => resolve())
    })
  }
}

const onwardHeaders = (request: http.IncomingMessage, body: Buffer) => {
  const { connection: _, 'transfer-encoding': __, 'content-length': ___, ...kept } = request.headers
  const hasBody = body.length > 0 || request.method === 'POST' || request.method === 'PUT'
  return {
    ...Object.fromEntries(Object.entries(kept).map(([name, value]) => [name, String(value)])),
    ...(hasBody && { 'content-length': String(body.length) }),
  }
}
