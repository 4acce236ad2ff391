import { say } from './say.ts'

type Detail = {
  elt: HTMLElement
  xhr: XMLHttpRequest
  target: HTMLElement
}

const detailOf = (event: Event): Detail => (event as CustomEvent<Detail>).detail

/** Lists ask again only while they are seen; one that cannot be refreshed keeps what it shows. */
export const startLive = (): void => {
  const on = (name: string, does: (detail: Detail, event: Event) => void) =>
    document.addEventListener(name, event => does(detailOf(event), event))

  on('htmx:beforeRequest', ({ elt }, event) => {
    if ('poll' in elt.dataset && document.hidden) event.preventDefault()
  })
  on('htmx:beforeSwap', ({ elt, xhr }, event) => {
    if ('poll' in elt.dataset && xhr.status >= 400) event.preventDefault()
  })
  on('htmx:sendError', () => say('The server cannot be reached', true))
  on('htmx:afterSwap', ({ target }) => {
    const flash = target === document.body ? document.getElementById('flash')?.textContent : ''
    if (flash) say(flash)
  })
}
