import type { Fault } from './fault.ts'
import { fault as f01 } from './faults/f01-runner-killed.ts'
import { fault as f02 } from './faults/f02-supervisor-killed.ts'
import { fault as f03 } from './faults/f03-all-killed.ts'
import { fault as f08 } from './faults/f08-sigterm-ignored.ts'
import { fault as f09 } from './faults/f09-held-pipes.ts'

/** The faults that gate everything, in the order of the protocol's matrix. */
export const FAULTS: readonly Fault[] = [f01, f02, f03, f08, f09]

/** All there are to be. */
export const PLANNED = 38
