import * as z from 'zod'
import { invalid, Problem } from '../http/problem.ts'
import { inWords } from './blob.ts'
import { OVERWRITE_MODES } from './package.ts'
import type { packageUploads } from './schema.ts'

export type UploadRow = typeof packageUploads.$inferSelect

/** The largest package that is taken in parts, in bytes: what the object store copies in one go. */
export const UPLOAD_BYTES = 4_294_967_296
/** Each part but the last has this size, in bytes: the object store wants 5 MiB at least, a request
 *  may have 100 MB at most, and parts are held in memory. */
export const PART_BYTES = 8_388_608
/** An upload that nobody has sent a part of for this long is dropped, in milliseconds. */
export const UPLOAD_KEPT_MS = 7 * 86_400_000
/** How many uploads of a space may be under way at once. */
export const OPEN_UPLOADS = 100

export const uploadInput = z.object({
  FileName: z.string().trim().min(1).max(300),
  SizeBytes: z
    .number()
    .int()
    .min(1, 'an empty file is no package')
    .max(UPLOAD_BYTES, `a package may be at most ${inWords(UPLOAD_BYTES)} large`),
  Sha256: z
    .string()
    .regex(/^[0-9a-fA-F]{64}$/, 'must be the SHA-256 of the file as 64 hexadecimal digits')
    .nullish(),
  OverwriteMode: z.enum(OVERWRITE_MODES).nullish(),
})
export type UploadInput = z.output<typeof uploadInput>

type Sized = Pick<UploadRow, 'sizeBytes' | 'partBytes'>

export const partCount = ({ sizeBytes, partBytes }: Sized): number =>
  Math.ceil(sizeBytes / partBytes)

/** How many bytes part `number`, counted from 1, has.
 *  @throws Problem `invalid` for a number that is none of this upload's */
export const partSize = (upload: Sized, number: number): number => {
  const count = partCount(upload)
  if (!Number.isInteger(number) || number < 1 || number > count)
    throw invalid(`This upload has the parts 1 to ${count}; there is no part ${number}.`)
  return number < count ? upload.partBytes : upload.sizeBytes - (count - 1) * upload.partBytes
}

/** @throws Problem `invalid` that says how many bytes belong there */
export const checkPart = (upload: Sized, number: number, found: number): void => {
  const expected = partSize(upload, number)
  if (found === expected) return
  throw invalid(
    `Part ${number} has ${expected} bytes, from ${(number - 1) * upload.partBytes} on; ` +
      `${found} arrived. Send it again.`,
  )
}

/** @throws Problem `conflict` that names the first few parts still to be sent */
export const checkComplete = (upload: Sized, received: number[]): void => {
  const there = new Set(received)
  const missing = Array.from({ length: partCount(upload) }, (_, index) => index + 1).filter(
    number => !there.has(number),
  )
  if (missing.length === 0) return
  const shown = missing.slice(0, 10).join(', ')
  throw new Problem(
    'conflict',
    `${missing.length} of ${partCount(upload)} parts are missing: ${shown}${missing.length > 10 ? ', …' : ''}. ` +
      'Send them, then complete the upload again.',
  )
}
