import { DOMParser, onErrorStopParsing } from '@xmldom/xmldom'
import { invalid } from '../http/problem.ts'
import type { ByteSource } from './blob.ts'
import { readZipEntry, type ZipEntry } from './zip.ts'

const NUSPEC_BYTES = 1_048_576
/** Elements, comments and the like together; far more than any real document has. */
const MAX_MARKUP = 20_000
const NOTES_LENGTH = 65_536
const DESCRIPTION_LENGTH = 4_000

export type Nuspec = {
  id: string
  version: string
  title: string
  description: string
  releaseNotes: string
}

/** The document at the root of a NuGet package; `undefined` when there is none.
 *  @throws Problem `invalid` when there is one that cannot be taken */
export const findNuspec = async (
  source: ByteSource,
  entries: ZipEntry[],
): Promise<Nuspec | undefined> => {
  const entry = entries.find(({ name }) => /^[^/\\]+\.nuspec$/i.test(name))
  return entry && parseNuspec(await readZipEntry(source, entry, NUSPEC_BYTES))
}

/** Document types are refused before anything is parsed: with them come entities, and with those
 *  documents that grow without bound.
 *  @throws Problem `invalid` */
export const parseNuspec = (bytes: Uint8Array): Nuspec => {
  const text = decode(bytes)
  if (/<!(?:DOCTYPE|ENTITY)/i.test(text))
    throw invalid('The .nuspec has a document type; remove its <!DOCTYPE … > and pack again.')
  if ((text.match(/</g)?.length ?? 0) > MAX_MARKUP)
    throw invalid(`The .nuspec has more than ${MAX_MARKUP} elements.`)
  let metadata: Map<string, string>
  try {
    metadata = metadataOf(text)
  } catch {
    throw invalid('The .nuspec inside the package is not well-formed XML.')
  }
  const id = metadata.get('id') ?? ''
  const version = metadata.get('version') ?? ''
  if (id === '' || version === '')
    throw invalid('The .nuspec inside the package must state an id and a version.')
  return {
    id,
    version,
    title: (metadata.get('title') ?? '').slice(0, 200),
    description: (metadata.get('description') ?? '').slice(0, DESCRIPTION_LENGTH),
    releaseNotes: metadata.get('releasenotes') ?? '',
  }
}

/** Names are compared without their namespace: it changes with each generation of the format. */
const metadataOf = (text: string): Map<string, string> => {
  const parser = new DOMParser({ onError: onErrorStopParsing })
  const root = parser.parseFromString(text, 'application/xml').documentElement
  const found = new Map<string, string>()
  for (let section = root?.firstChild; section; section = section.nextSibling) {
    if (localName(section.nodeName) !== 'metadata') continue
    for (let field = section.firstChild; field; field = field.nextSibling) {
      const name = localName(field.nodeName)
      if (!found.has(name)) found.set(name, (field.textContent ?? '').trim().slice(0, NOTES_LENGTH))
    }
    break
  }
  return found
}

const localName = (name: string): string => name.slice(name.indexOf(':') + 1).toLowerCase()

const decode = (bytes: Uint8Array): string => {
  const encoding =
    bytes[0] === 0xff && bytes[1] === 0xfe
      ? 'utf-16le'
      : bytes[0] === 0xfe && bytes[1] === 0xff
        ? 'utf-16be'
        : 'utf-8'
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: false }).decode(bytes)
  } catch {
    throw invalid('The .nuspec inside the package is neither UTF-8 nor UTF-16 with a mark.')
  }
}
