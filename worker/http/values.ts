/** Instants on the wire have an offset and milliseconds: `2017-03-20T21:00:17.205+00:00`. */
export const isoTime = (at: number): string => new Date(at).toISOString().replace('Z', '+00:00')

/** Null, not an empty text, where there is no instant. */
export const isoTimeOrNull = (at: number | null): string | null =>
  at === null ? null : isoTime(at)
