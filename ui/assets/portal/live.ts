import { say } from './say.ts'

type Detail = {
  elt: HTMLElement
  headers: Record<string, string>
  xhr: XMLHttpRequest
  target: HTMLElement
}

const detailOf = (event: Event): Detail => (event as CustomEvent<Detail>).detail

/** Lists ask again only while they are seen, and say what they have: an unchanged one is answered 204. */
export const startLive = (): void => {
  const on = (name: string, does: (detail: Detail, event: Event) => void) =>
    document.addEventListener(name, event => does(detailOf(event), event))

  on('htmx:beforeRequest', ({ elt }, event) => {
    if ('poll' in elt.dataset && document.hidden) event.preventDefault()
  })
  on('htmx:configRequest', ({ elt, headers }) => {
    if ('poll' in elt.dataset && elt.dataset.tag) headers['HX-PTag'] = elt.dataset.tag
  })
  on('htmx:afterSettle', ({ elt, xhr }) => {
    const tag = xhr?.getResponseHeader('HX-PTag')
    const region = elt.id ? document.getElementById(elt.id) : null
    if (tag && region && 'poll' in region.dataset) region.dataset.tag = tag
  })
  on('htmx:beforeSwap', ({ elt, xhr }, event) => {
    // A list that cannot be refreshed keeps what it shows; only what the user asked for is replaced by a problem.
    if ('poll' in elt.dataset && xhr.status >= 400) event.preventDefault()
  })
  on('htmx:sendError', () => say('The server cannot be reached', true))
  on('htmx:afterSwap', ({ target }) => {
    const flash = target === document.body ? document.getElementById('flash')?.textContent : ''
    if (flash) say(flash)
  })
}
