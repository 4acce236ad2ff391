/** Gives the memory of bytes that nobody needs any more back at once. It lies outside the heap, and
 *  whoever reads a long log leaves hundreds of megabytes there before a collection comes by. */
export const free = (bytes: ArrayBufferLike | Uint8Array | null): void => {
  // A view may be part of somebody else's bytes.
  if (bytes instanceof ArrayBuffer && !bytes.detached) bytes.transfer(0)
}
