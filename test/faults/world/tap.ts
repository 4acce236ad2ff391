import type { Message } from '../checker/history.ts'
import { lastLineIn } from '../checker/lines.ts'
import type { Answer, Passage } from './link.ts'

const KINDS = ['claim', 'log', 'complete'] as const

/** Reads along what runners say and are answered. */
export class Tap {
  readonly messages: Message[] = []
  /** By session token. */
  readonly #sessions = new Map<string, { runner: string; epoch: number }>()

  take(passage: Passage, answer: Answer): void {
    const url = new URL(passage.path, 'http://link')
    const parts = url.pathname.split('/').slice(3)
    const message = (kind: Message['kind'], more: Partial<Message>): void => {
      const token = /^Bearer (.+)$/.exec(String(passage.headers.authorization ?? ''))?.[1] ?? ''
      const session = this.#sessions.get(token)
      this.messages.push({
        at: passage.at,
        answeredAt: Date.now(),
        kind,
        runner: session?.runner ?? '',
        epoch: session?.epoch ?? null,
        attempt: null,
        fence: null,
        status: answer.status,
        lastLine: null,
        ...more,
      })
    }
    if (parts[0] === 'runners' && parts[2] === 'session') {
      const runner = parts[1] ?? ''
      const reply = answer.status === 200 ? json(answer.body) : undefined
      if (reply) this.#sessions.set(reply.session, { runner, epoch: reply.epoch })
      message('session', { runner, epoch: reply?.epoch ?? null })
    } else if (parts[0] === 'poll') message('poll', {})
    else if (parts[0] === 'attempts') {
      const kind = KINDS.find(each => each === parts[2])
      if (!kind) return
      const attempt = decodeURIComponent(parts[1] ?? '').replace(':', '_')
      const sent = kind === 'log' ? undefined : json(passage.body)
      const fence = kind === 'log' ? Number(url.searchParams.get('fence')) : (sent?.fence ?? null)
      const bytes =
        kind === 'log'
          ? passage.body.toString('latin1')
          : Buffer.from(sent?.tail?.bytes ?? '', 'base64').toString('latin1')
      message(kind, { attempt, fence, lastLine: lastLineIn(bytes) })
    }
  }
}

const json = (bytes: Buffer): ReturnType<typeof JSON.parse> => {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}
