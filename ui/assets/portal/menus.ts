/** `<details class="menu">` closes on Escape and on a click elsewhere; a refused form's summary gets the focus. */
export const startMenus = (): void => {
  document.addEventListener('click', event => {
    for (const menu of document.querySelectorAll<HTMLDetailsElement>('details.menu[open]'))
      if (!menu.contains(event.target as Node)) menu.open = false
  })
  document.addEventListener('keydown', event => {
    if (event.key !== 'Escape') return
    const menu = document.querySelector<HTMLDetailsElement>('details.menu[open]')
    if (!menu) return
    menu.open = false
    menu.querySelector('summary')?.focus()
  })
  const focusErrors = () => document.querySelector<HTMLElement>('[data-focus]')?.focus()
  focusErrors()
  document.addEventListener('htmx:afterSettle', event => {
    if (event.target === document.body) focusErrors()
  })
}
