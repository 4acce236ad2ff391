/** A parameter of a header such as `form-data; name="file"`; quotes and escapes are taken off. */
export const parameter = (header: string, name: string): string | undefined => {
  for (const [, key, quoted, plain] of header.matchAll(PARAMETER))
    if (key?.toLowerCase() === name)
      return quoted === undefined ? plain : quoted.replace(/\\(["\\])/g, '$1')
  return undefined
}

const PARAMETER = /;\s*([\w*-]{1,40})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;"]*))/g

/** The file's name without its path; understands `filename*` and the encoded words of .NET. */
export const fileNameIn = (disposition: string): string | undefined => {
  const extended = /^UTF-8'[^']*'(.*)$/i.exec(parameter(disposition, 'filename*') ?? '')?.[1]
  const name = extended ? unescaped(extended) : undefined
  const plain = name ?? parameter(disposition, 'filename')?.trim()
  if (plain === undefined) return undefined
  const word = /^=\?utf-8\?B\?([A-Za-z0-9+/=]*)\?=$/i.exec(plain)?.[1]
  return baseName(word === undefined ? plain : decoded(word))
}

export const baseName = (path: string): string =>
  path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1)

const unescaped = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const decoded = (base64: string): string => {
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(base64), char => char.charCodeAt(0)))
  } catch {
    return base64
  }
}
