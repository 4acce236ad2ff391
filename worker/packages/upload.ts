import { invalid } from '../http/problem.ts'
import type { Query } from '../http/query.ts'
import { tooLarge } from './blob.ts'
import { baseName, fileNameIn } from './content-disposition.ts'
import { boundaryOf, type FilePart, firstFile, truncated } from './multipart.ts'
import { PACKAGE_BYTES } from './package.ts'

/** What a form adds around the file. */
const FORM_BYTES = 1_048_576

/**
 * The package in a request: the first file of a multipart form, or the body itself when the file's
 * name stands in `?fileName=` or a Content-Disposition header. A length need not be declared.
 * @throws Problem `invalid`, `too_large`
 */
export const openUpload = async (request: Request, query: Query): Promise<FilePart> => {
  if (Number(request.headers.get('content-length') ?? 0) > PACKAGE_BYTES + FORM_BYTES)
    throw tooLarge(PACKAGE_BYTES)
  if (!request.body)
    throw invalid('The request has no body; send the package as a file part of a multipart form.')
  const content = arriving(request.body as unknown as AsyncIterable<Uint8Array>)
  const boundary = boundaryOf(request.headers.get('content-type') ?? '')
  if (boundary !== undefined) return firstFile(content, boundary)
  const named =
    query.text('fileName') ?? fileNameIn(request.headers.get('content-disposition') ?? '')
  if (named === undefined)
    throw invalid(
      'The package has no file name. Send it as a file part of a multipart form, or add ' +
        '?fileName=Acme.Web.1.2.3.zip to the address.',
    )
  return { fileName: baseName(named), content }
}

/** A connection that is lost while the body is read is the sender's matter, not a defect. */
async function* arriving(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* body
  } catch {
    throw truncated()
  }
}

/** Reads a body away whose content is not wanted, so that its sender comes to hear the answer. */
export const drain = async (content: AsyncIterable<Uint8Array>): Promise<void> => {
  let size = 0
  for await (const chunk of content) {
    size += chunk.byteLength
    if (size > PACKAGE_BYTES) throw tooLarge(PACKAGE_BYTES)
  }
}
