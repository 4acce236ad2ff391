import type { Fault } from './fault.ts'
import { fault as f01 } from './faults/f01-runner-killed.ts'
import { fault as f02 } from './faults/f02-supervisor-killed.ts'
import { fault as f03 } from './faults/f03-all-killed.ts'
import { fault as f08 } from './faults/f08-sigterm-ignored.ts'
import { fault as f09 } from './faults/f09-held-pipes.ts'
import { fault as f20 } from './faults/f20-cut-log.ts'
import { fault as f21 } from './faults/f21-lost-answers.ts'
import { fault as f22 } from './faults/f22-delivered-again.ts'
import { fault as f24 } from './faults/f24-black-hole.ts'
import { fault as f34 } from './faults/f34-workerd-killed.ts'
import { fault as f41 } from './faults/f41-database-killed.ts'
import { fault as f48 } from './faults/f48-same-place.ts'
import { fault as f49 } from './faults/f49-overlapping-targets.ts'
import { fault as f50 } from './faults/f50-cancel-or-complete.ts'
import { fault as f53 } from './faults/f53-created-twice.ts'

/** The faults that gate everything, in the order of the protocol's matrix. */
export const FAULTS: readonly Fault[] = [
  f01,
  f02,
  f03,
  f08,
  f09,
  f20,
  f21,
  f22,
  f24,
  f34,
  f41,
  f48,
  f49,
  f50,
  f53,
]

/** All there are to be. */
export const PLANNED = 38
