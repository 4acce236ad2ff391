import { say } from './say.ts'

/** What the page keeps of a running log; the raw log has all of it. */
const MAX_LINES = 5_000

const log = () => document.getElementById('log')
const box = () => document.getElementById('log-box')
const setText = (id: string, text: string) => {
  const element = document.getElementById(id)
  if (element) element.textContent = text
}

let following = false
let unseen = 0

const atTail = (element: HTMLElement): boolean =>
  element.scrollHeight - element.scrollTop - element.clientHeight < 24

const setFollowing = (wanted: boolean): void => {
  following = wanted
  document.getElementById('log-follow')?.setAttribute('aria-pressed', String(wanted))
  if (wanted) toTail()
  else showUnseen()
}

const toTail = (): void => {
  const element = box()
  unseen = 0
  showUnseen()
  if (element) element.scrollTop = element.scrollHeight
}

const showUnseen = (): void => {
  const button = document.getElementById('log-latest')
  if (!button) return
  button.hidden = following || unseen === 0
  button.textContent = `Jump to latest (${unseen} new)`
}

const received = (): void => {
  const list = log()
  if (!list) return
  const lines = Number(list.lastElementChild?.id.slice(1)) || 0
  unseen += Math.max(0, lines - lastLine)
  lastLine = lines
  if (following) {
    const surplus = list.childElementCount - MAX_LINES
    if (surplus > 0) {
      const range = document.createRange()
      range.setStartBefore(list.children[0] as Element)
      range.setEndAfter(list.children[surplus - 1] as Element)
      range.deleteContents()
    }
    toTail()
  } else showUnseen()
}

let lastLine = 0

/** `#L120` or `#L120-L134`: the lines an address points at. */
const markRange = (): void => {
  for (const line of document.querySelectorAll('.log-marked')) line.classList.remove('log-marked')
  const [, from, to = from] = /^#L(\d+)(?:-L(\d+))?$/.exec(location.hash) ?? []
  if (!from) return
  if (!document.getElementById(`L${from}`)) {
    fetchAround(from)
    return
  }
  const last = Math.min(Number(to), Number(from) + MAX_LINES)
  for (let n = Number(from); n <= last; n += 1)
    document.getElementById(`L${n}`)?.classList.add('log-marked')
  centre(document.getElementById(`L${from}`))
  setFollowing(false)
}

/** A line of a long log that is not in the page: the server has it. Asked once, so that a line that does
 *  not exist leads nowhere. */
const fetchAround = (line: string): void => {
  const url = new URL(location.href)
  if (!log() || url.searchParams.get('line') === line) return
  url.searchParams.set('line', line)
  location.replace(url)
}

const nextError = (): void => {
  const errors = [...document.querySelectorAll<HTMLElement>('.log-error, .log-fatal')]
  const at = errors.findIndex(line => line.classList.contains('log-marked'))
  const next = errors[(at + 1) % errors.length]
  if (next) location.hash = next.id
}

const setConnection = (state: 'live' | 'reconnecting' | 'ended', word: string): void => {
  const element = document.getElementById('log-connection')
  if (!element) return
  element.dataset.state = state
  setText('log-connection-word', word)
}

/** Where a connection goes on that had to be made anew: after the last event that came. */
let cursor = ''

const resumeFromCursor = (): void => {
  const { htmx } = window as unknown as {
    htmx?: { createEventSource: (url: string) => EventSource }
  }
  if (!htmx) return
  htmx.createEventSource = url => {
    const resumed = new URL(url, location.href)
    if (cursor) resumed.searchParams.set('after', cursor)
    return new EventSource(resumed)
  }
}

/** The live log: follows its tail until the user scrolls up, and tells how the connection is. */
export const startLog = (): void => {
  resumeFromCursor()
  document.documentElement.addEventListener('htmx:sseOpen', () => setConnection('live', 'Live'))
  document.documentElement.addEventListener('htmx:sseError', () =>
    setConnection('reconnecting', 'Reconnecting…'),
  )
  document.documentElement.addEventListener('htmx:sseClose', event => {
    if ((event as CustomEvent<{ type: string }>).detail.type !== 'message') return
    setConnection('ended', 'Ended')
    const state =
      document.querySelector('#deployment-header .chip')?.textContent?.trim() ?? 'finished'
    say(`Deployment: ${state}`, state === 'Failed')
  })
  document.documentElement.addEventListener('htmx:sseMessage', event => {
    cursor = (event as CustomEvent<MessageEvent>).detail.lastEventId || cursor
    if ((event.target as Element).id === 'log') received()
  })
  document.addEventListener('click', event => {
    const target = event.target as Element
    if (target.closest('#log-follow')) setFollowing(!following)
    if (target.closest('#log-latest')) setFollowing(true)
    if (target.closest('#log-next-error')) nextError()
    const number = target.closest<HTMLAnchorElement>('.log-number')
    const anchor = /^#L(\d+)/.exec(location.hash)?.[1]
    if (number && event instanceof MouseEvent && event.shiftKey && anchor) {
      event.preventDefault()
      const [from = 0, to = 0] = [Number(anchor), Number(number.hash.slice(2))].sort(
        (a, b) => a - b,
      )
      location.hash = `L${from}-L${to}`
    }
  })
  addEventListener('hashchange', markRange)

  const element = box()
  if (!element) return
  lastLine = Number(log()?.lastElementChild?.id.slice(1)) || 0
  element.addEventListener('scroll', () => {
    if (following && !atTail(element)) setFollowing(false)
    else if (!following && unseen > 0 && atTail(element)) setFollowing(true)
  })
  if (location.hash.startsWith('#L')) markRange()
  else if (element.dataset.open === 'tail') setFollowing(true)
  else if (element.dataset.open === 'error')
    centre(document.querySelector('.log-error, .log-fatal'))
}

/** Moves the log alone: the page stays where it is. */
const centre = (line: Element | null): void => {
  const element = box()
  if (!line || !element) return
  const offset = line.getBoundingClientRect().top - element.getBoundingClientRect().top
  element.scrollTop += offset - element.clientHeight / 3
}
