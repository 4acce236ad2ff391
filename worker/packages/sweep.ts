/** Longer than any upload takes. */
const ABANDONED_MS = 86_400_000

/** Deletes what uploads left behind that ended in a crash between their arrival and their place;
 *  at most a page of them, the rest next time. For the schedule.
 *  @returns how many */
export const sweepUploads = async (store: R2Bucket, now: number): Promise<number> => {
  const { objects } = await store.list({ prefix: 'uploads/' })
  const abandoned = objects
    .filter(({ uploaded }) => now - uploaded.getTime() > ABANDONED_MS)
    .map(({ key }) => key)
  if (abandoned.length > 0) await store.delete(abandoned)
  return abandoned.length
}
