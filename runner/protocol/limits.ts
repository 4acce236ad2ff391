/** The version of this conversation. A message is added to, never changed; either side meets an
 *  older peer politely and refuses a newer major one with a clear word. */
export const PROTOCOL_VERSION = 1

/** How long a poll may be held, in milliseconds; well below every proxy's idle limit. */
export const POLL_WAIT_MS = 25_000

/** How long an offer waits for its claim before it is made again, in milliseconds. */
export const OFFER_TTL_MS = 20_000

/** How long a silent runner keeps an attempt, in milliseconds. A third of it is the beat at which
 *  an idle step renews: two lost requests are forgiven, the third is noticed within the minute. */
export const LEASE_TTL_MS = 60_000

/** How long an unreachable attempt may stay so before it is called unknown, in milliseconds. */
export const LOST_AFTER_MS = 600_000

/** A session's life, in milliseconds; the runner makes a new one a minute before it ends. */
export const SESSION_TTL_MS = 600_000

/** Beat of log uploads, in milliseconds: when nobody looks, and while somebody watches. */
export const LOG_INTERVAL_MS = 1_000
export const LOG_INTERVAL_WATCHED_MS = 250

/** The largest log body in bytes; one stored row must stay far below the platform's 2 MB. */
export const LOG_CHUNK_BYTES = 1_048_576

/** A longer line of output is split into continuation records of this many bytes. */
export const RECORD_BYTES = 16_384

/** The largest JSON body of any runner message, in bytes. */
export const MESSAGE_BYTES = 4_194_304

/** What one attempt may keep of its log on the runner's disk: the head, then the newest tail. */
export const SPOOL_HEAD_BYTES = 104_857_600
export const SPOOL_TAIL_BYTES = 10_485_760

/** Between the polite and the forceful end of a cancelled step, in milliseconds. */
export const CANCEL_GRACE_MS = 10_000

/** How long pipes held open by grandchildren are drained after a step's own end. */
export const DRAIN_MS = 5_000

/** Files that one attempt may hand in, and the size of each in bytes: a request body may be 100 MB on
 *  the smaller plans of the platform. */
export const MAX_ARTIFACTS = 100
export const ARTIFACT_BYTES = 94_371_840

/** The action type of a step that only brings packages into the runner's cache. */
export const ACQUIRE_PACKAGES = 'Slipway.AcquirePackages'

/** How many attempts one report of absence may name. */
export const MAX_ABSENT = 100

/** How often at most a step may ask to be run again after a restart of its host. */
export const MAX_REBOOTS = 5
