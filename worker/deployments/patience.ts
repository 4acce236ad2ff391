import { LOST_AFTER_MS, OFFER_TTL_MS } from '../../runner/protocol/limits.ts'

/** A target that has not been heard of is given this long to take its work, in milliseconds. */
export const ABSENT_MS = 10_000
/** One that was heard of lately but does not take it: two offers' worth. */
export const UNCLAIMED_MS = 2 * OFFER_TTL_MS
/** How long a runner that is there may leave an offer lying: it is full, or draining. */
export const BUSY_MS = LOST_AFTER_MS
/** A step's runner ends it when its time is up; this much later this side tells it to. */
export const TIME_OUT_SLACK_MS = 5_000
/** How often the hub is asked again while a lock is held by another deployment. */
export const LOCKED_RETRY_MS = 15_000
/** How soon the hub is asked again when it did not answer. */
export const DISPATCH_RETRY_MS = 5_000
