/** Parameters as a shell reads them: blanks separate, quotes hold together, nothing is expanded. */
export const splitParameters = (text: string): string[] => {
  const parameters: string[] = []
  let current: string | undefined
  const pattern = /\s+|'([^']*)'|"((?:\\.|[^"\\])*)"|\\([\s\S])|([^\s'"\\]+)|['"\\]/g
  for (const [found, single, double, escaped] of text.matchAll(pattern)) {
    if (/^\s/.test(found)) {
      if (current !== undefined) parameters.push(current)
      current = undefined
    } else {
      const piece = single ?? double?.replace(/\\(["\\$`])/g, '$1') ?? escaped ?? found
      current = (current ?? '') + piece
    }
  }
  return current === undefined ? parameters : [...parameters, current]
}
