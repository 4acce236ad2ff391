const SWITCH = 'slipway-keys'

const pages: Record<string, string> = {
  d: '/',
  p: '/projects',
  t: '/tasks',
  i: '/infrastructure',
  l: '/library',
  c: '/configuration',
}

const help = `<form method="dialog"><h2>Keyboard</h2><dl class="keys">
<div><dt><kbd>/</kbd></dt><dd>Search</dd></div>
<div><dt><kbd>g</kbd> <kbd>d</kbd></dt><dd>Dashboard</dd></div>
<div><dt><kbd>g</kbd> <kbd>p</kbd></dt><dd>Projects</dd></div>
<div><dt><kbd>g</kbd> <kbd>t</kbd></dt><dd>Tasks</dd></div>
<div><dt><kbd>g</kbd> <kbd>i</kbd></dt><dd>Infrastructure</dd></div>
<div><dt><kbd>g</kbd> <kbd>l</kbd></dt><dd>Library</dd></div>
<div><dt><kbd>j</kbd> <kbd>k</kbd></dt><dd>Next and previous row</dd></div>
<div><dt><kbd>f</kbd></dt><dd>Follow the log</dd></div>
<div><dt><kbd>e</kbd></dt><dd>Next error in the log</dd></div></dl>
<label class="choice choice-single"><input type="checkbox" id="keys-on"> <span>Single-key shortcuts</span></label>
<button class="button button-plain">Close</button></form>`

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))

const showHelp = (): void => {
  const dialog = document.createElement('dialog')
  dialog.innerHTML = help
  const box = dialog.querySelector<HTMLInputElement>('#keys-on')
  if (box) {
    box.checked = localStorage.getItem(SWITCH) !== 'off'
    box.onchange = () => localStorage.setItem(SWITCH, box.checked ? 'on' : 'off')
  }
  dialog.onclose = () => dialog.remove()
  document.body.append(dialog)
  dialog.showModal()
}

const moveRow = (step: 1 | -1): void => {
  const links = [
    ...document.querySelectorAll<HTMLElement>('main tbody tr :is(th, td):first-child a'),
  ]
  const at = links.indexOf(document.activeElement as HTMLElement)
  links[at < 0 ? 0 : at + step]?.focus()
}

/** Single keys, unless switched off (`?` stays); never while something is typed. */
export const startKeys = (): void => {
  let afterG = 0
  document.addEventListener('keydown', event => {
    if (event.altKey || isTyping(event.target)) return
    if ((event.metaKey || event.ctrlKey) && event.key === 'k') {
      event.preventDefault()
      return document.querySelector<HTMLElement>('[data-hotkey="/"]')?.focus()
    }
    if (event.metaKey || event.ctrlKey) return
    if (event.key === '?') return showHelp()
    if (localStorage.getItem(SWITCH) === 'off') return
    const page = event.timeStamp - afterG < 1_000 ? pages[event.key] : undefined
    if (page) return location.assign(page)
    if (event.key === 'g') afterG = event.timeStamp
    if (event.key === 'j') moveRow(1)
    if (event.key === 'k') moveRow(-1)
    const hotkey = document.querySelector<HTMLElement>(`[data-hotkey="${CSS.escape(event.key)}"]`)
    if (!hotkey) return
    event.preventDefault()
    if (hotkey instanceof HTMLInputElement && hotkey.type === 'search') hotkey.focus()
    else hotkey.click()
  })
}
