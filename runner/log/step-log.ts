import { formatRecord, type LogLevel } from '../protocol/log-record.ts'
import type { OutputVariable } from '../protocol/messages.ts'
import { Masker, type Secrets } from './masker.ts'
import { RecordSplitter } from './record-splitter.ts'
import { describeRequest } from './requests.ts'
import { type Scanned, type ServiceMessage, ServiceMessageScanner } from './service-message.ts'

export type StreamName = 'stdout' | 'stderr'
export type CollectedArtifact = { path: string; name: string; length: number }

type Level = LogLevel | 'ignore'

const LEVELS: Record<string, { stream: StreamName; level: Level }> = {
  'stdout-default': { stream: 'stdout', level: 'info' },
  'stdout-verbose': { stream: 'stdout', level: 'verbose' },
  'stdout-highlight': { stream: 'stdout', level: 'highlight' },
  'stdout-wait': { stream: 'stdout', level: 'wait' },
  'stdout-warning': { stream: 'stdout', level: 'warning' },
  'stdout-error': { stream: 'stdout', level: 'error' },
  'stdout-ignore': { stream: 'stdout', level: 'ignore' },
  'stderr-default': { stream: 'stderr', level: 'error' },
  'stderr-error': { stream: 'stderr', level: 'error' },
  'stderr-progress': { stream: 'stderr', level: 'verbose' },
  'stderr-ignore': { stream: 'stderr', level: 'ignore' },
}

const MAX_OUTPUTS = 1_000
const MAX_OUTPUT_CHARACTERS = 1_048_576
const MAX_ARTIFACTS = 100
const MAX_UNMARKED_TOLD = 10
const WITHHELD = Buffer.from('[withheld: masker error]\n')

export type StepLogOptions = {
  secrets: Secrets
  /** Takes records, each with its line feed. */
  append: (records: string) => void
  now: () => number
}

/** What a step says, from the bytes of its pipes to records, and what it tells us on the way.
 *  Nothing passes to `append` unmasked. */
export class StepLog {
  readonly outputs = new Map<string, OutputVariable>()
  readonly artifacts: CollectedArtifact[] = []
  resultMessage: string | undefined
  hasWarnings = false
  /** Something other than messages came on standard error. */
  hasErrorOutput = false
  readonly #options: StepLogOptions
  readonly #streams: Record<StreamName, Stream>
  #errorScanner = new ServiceMessageScanner()
  #mark: string | undefined
  #unmarked = 0
  readonly #onOutput: ((variable: OutputVariable) => void)[] = []

  constructor(options: StepLogOptions) {
    this.#options = options
    const stream = (level: Level): Stream => ({
      scanner: new ServiceMessageScanner(),
      masker: new Masker(options.secrets),
      splitter: new RecordSplitter(),
      level,
    })
    this.#streams = { stdout: stream('info'), stderr: stream('error') }
  }

  /** Called for each output variable as it is set. */
  onOutput(listener: (variable: OutputVariable) => void): void {
    this.#onOutput.push(listener)
  }

  write(name: StreamName, chunk: Buffer): void {
    const stream = this.#streams[name]
    // Messages are believed on standard output only: error output often quotes what others sent.
    if (name === 'stderr') {
      this.#noteErrorOutput(this.#errorScanner.write(chunk))
      this.#text(stream, chunk)
    } else for (const found of stream.scanner.write(chunk)) this.#take(stream, found)
  }

  /** From here on only messages that carry this as their `nonce` are believed. */
  requireMark(nonce: string): void {
    this.#mark = nonce
  }

  /** A process has ended: what is half said counts. Levels start over for the next one. */
  endOfProcess(): void {
    for (const found of this.#streams.stdout.scanner.end()) this.#take(this.#streams.stdout, found)
    this.#noteErrorOutput(this.#errorScanner.end())
    this.#errorScanner = new ServiceMessageScanner()
    for (const stream of Object.values(this.#streams)) this.#flush(stream)
    for (const stream of Object.values(this.#streams)) stream.scanner = new ServiceMessageScanner()
    this.#streams.stdout.level = 'info'
    this.#streams.stderr.level = 'error'
  }

  /** Our own words about the step. */
  say(level: LogLevel, text: string): void {
    this.#note(level)
    const at = this.#options.now()
    const masked = Buffer.from(`${this.#options.secrets.mask(text)}\n`)
    this.#options.append(new RecordSplitter().write(masked, level, at))
  }

  set(variable: OutputVariable): void {
    if (this.outputs.size >= MAX_OUTPUTS && !this.outputs.has(variable.name.toLowerCase())) {
      this.say('warning', `More than ${MAX_OUTPUTS} output variables: ${variable.name} is dropped.`)
    } else if (variable.value.length > MAX_OUTPUT_CHARACTERS) {
      this.say('warning', `The output variable ${variable.name} is longer than 1 MiB: dropped.`)
    } else {
      if (variable.sensitive) this.#options.secrets.add(variable.value)
      this.outputs.set(variable.name.toLowerCase(), variable)
      for (const listener of this.#onOutput) listener(variable)
    }
  }

  #take(stream: Stream, found: ReturnType<ServiceMessageScanner['write']>[number]): void {
    if (found.type === 'text') this.#text(stream, found.bytes)
    else {
      this.#flush(stream)
      if (found.type === 'message') this.#obey(found.message)
      else this.say('warning', `Could not parse '${found.text}'`)
    }
  }

  #text(stream: Stream, bytes: Buffer): void {
    if (stream.level === 'ignore') return
    this.#note(stream.level)
    const masked = this.#masked(stream, masker => masker.write(bytes))
    this.#options.append(stream.splitter.write(masked, stream.level, this.#options.now()))
  }

  /** What could not be searched is not shown. */
  #masked(stream: Stream, work: (masker: Masker) => Buffer): Buffer {
    try {
      return work(stream.masker)
    } catch {
      stream.masker = new Masker(this.#options.secrets)
      return WITHHELD
    }
  }

  /** A message stands at the start of a line, so what is held back are whole lines, each of which
   *  has been searched by itself. */
  #flush(stream: Stream): void {
    const level = stream.level === 'ignore' ? 'verbose' : stream.level
    const at = this.#options.now()
    const rest = this.#masked(stream, masker => masker.end())
    this.#options.append(stream.splitter.write(rest, level, at) + stream.splitter.end(level, at))
  }

  #note(level: LogLevel): void {
    if (level === 'warning' || level === 'error' || level === 'fatal') this.hasWarnings = true
  }

  /** Messages there are not obeyed, but neither are they words of the step. */
  #noteErrorOutput(found: readonly Scanned[]): void {
    if (found.some(one => one.type !== 'message')) this.hasErrorOutput = true
  }

  #isMarked({ name, properties }: ServiceMessage): boolean {
    if (this.#mark === undefined || properties.nonce === this.#mark) return true
    this.#unmarked += 1
    if (this.#unmarked <= MAX_UNMARKED_TOLD)
      this.say('warning', `Ignored the message ${name}: it does not come from a helper function.`)
    return false
  }

  #obey(message: ServiceMessage): void {
    if (!this.#isMarked(message)) return
    const { name, properties } = message
    const request = describeRequest(message)
    if (request) this.say('warning', request)
    const change = LEVELS[name]
    if (change) this.#streams[change.stream].level = change.level
    else if (name === 'setVariable') this.#setVariable(properties)
    else if (name === 'createArtifact') this.#collect(properties)
    else if (name === 'progress') this.#progress(properties)
    else if (name === 'resultMessage' && properties.message !== undefined)
      this.resultMessage = this.#options.secrets.mask(properties.message).slice(0, 2_000)
    else if (name === 'mask' && properties.value) this.#options.secrets.add(properties.value)
  }

  #setVariable({ name, value, sensitive }: Record<string, string>): void {
    if (!name || name.length > 1_000 || value === undefined) return
    this.set({ name, value, sensitive: sensitive?.toLowerCase() === 'true' })
  }

  #collect({ path, name, length }: Record<string, string>): void {
    if (!path || this.artifacts.length >= MAX_ARTIFACTS) return
    const size = /^\d{1,15}$/.test(length ?? '') ? Number(length) : 0
    this.artifacts.push({ path, name: name || (path.split('/').at(-1) as string), length: size })
  }

  #progress({ percentage, message }: Record<string, string>): void {
    if (percentage === undefined || message === undefined) return
    if (!/^\s*[+-]?\d{1,9}\s*$/.test(percentage)) return
    this.#options.append(
      formatRecord({
        level: 'info',
        at: this.#options.now(),
        text: this.#options.secrets.mask(message).slice(0, 4_000),
        progress: Number(percentage),
      }),
    )
  }
}

type Stream = {
  scanner: ServiceMessageScanner
  masker: Masker
  splitter: RecordSplitter
  level: Level
}
