import { say } from './say.ts'

/** `data-copy` on a button holds the text. */
export const startCopying = (): void => {
  document.addEventListener('click', async event => {
    const button = (event.target as Element).closest<HTMLElement>('[data-copy]')
    if (!button) return
    try {
      await navigator.clipboard.writeText(button.dataset.copy ?? '')
      button.classList.add('copied')
      say('Copied')
      setTimeout(() => button.classList.remove('copied'), 1_200)
    } catch {
      const code = button.previousElementSibling
      if (code) getSelection()?.selectAllChildren(code)
      say('Could not copy: the text is selected instead')
    }
  })
}
