// Stands in for `node:perf_hooks` of runners: the machine's monotonic clock.
import { hostHere } from '../here.ts'

export const performance = { now: () => hostHere().monotonic() }
