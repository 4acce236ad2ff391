type Morph = { defaults: { callbacks: { beforeNodeMorphed: (old: Node, fresh: Node) => boolean } } }

/** What somebody has written or ticked in a question stays when the question is sent again. */
export const startKeeping = (): void => {
  const { Idiomorph } = window as { Idiomorph?: Morph }
  if (!Idiomorph) return
  Idiomorph.defaults.callbacks.beforeNodeMorphed = (old, fresh) => {
    if (!(old instanceof HTMLElement) || !old.closest('#questions')) return true
    if (old instanceof HTMLTextAreaElement) fresh.textContent = old.value
    if (old instanceof HTMLInputElement && fresh instanceof HTMLInputElement)
      fresh.toggleAttribute('checked', old.checked)
    return true
  }
}
