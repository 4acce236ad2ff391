import type { Fault } from './fault.ts'
import { fault as f01 } from './faults/f01-runner-killed.ts'
import { fault as f02 } from './faults/f02-supervisor-killed.ts'
import { fault as f03 } from './faults/f03-all-killed.ts'
import { fault as f04 } from './faults/f04-host-restarted.ts'
import { fault as f06 } from './faults/f06-crash-points.ts'
import { fault as f08 } from './faults/f08-sigterm-ignored.ts'
import { fault as f09 } from './faults/f09-held-pipes.ts'
import { fault as f11 } from './faults/f11-disk-full.ts'
import { fault as f14 } from './faults/f14-gigabyte.ts'
import { fault as f15 } from './faults/f15-binary-output.ts'
import { fault as f16 } from './faults/f16-terminal-codes.ts'
import { fault as f17 } from './faults/f17-long-line.ts'
import { fault as f20 } from './faults/f20-cut-log.ts'
import { fault as f21 } from './faults/f21-lost-answers.ts'
import { fault as f22 } from './faults/f22-delivered-again.ts'
import { fault as f24 } from './faults/f24-black-hole.ts'
import { fault as f27 } from './faults/f27-all-reconnect.ts'
import { fault as f28 } from './faults/f28-only-503.ts'
import { fault as f30 } from './faults/f30-runner-clock.ts'
import { fault as f31 } from './faults/f31-server-clock.ts'
import { fault as f32 } from './faults/f32-runner-paused.ts'
import { fault as f33 } from './faults/f33-time-outs.ts'
import { fault as f34 } from './faults/f34-workerd-killed.ts'
import { fault as f35 } from './faults/f35-objects-put-away.ts'
import { fault as f37 } from './faults/f37-upgrade.ts'
import { fault as f38 } from './faults/f38-server-crash-points.ts'
import { fault as f39 } from './faults/f39-database-away.ts'
import { fault as f40 } from './faults/f40-database-slow.ts'
import { fault as f41 } from './faults/f41-database-killed.ts'
import { fault as f44 } from './faults/f44-upload-cut.ts'
import { fault as f46 } from './faults/f46-pushed-at-once.ts'
import { fault as f48 } from './faults/f48-same-place.ts'
import { fault as f49 } from './faults/f49-overlapping-targets.ts'
import { fault as f50 } from './faults/f50-cancel-or-complete.ts'
import { fault as f53 } from './faults/f53-created-twice.ts'
import { fault as f55 } from './faults/f55-registered-again.ts'
import { fault as f56 } from './faults/f56-cloned-runner.ts'
import { fault as f57 } from './faults/f57-late-success.ts'

/** The faults that gate everything, in the order of the protocol's matrix. */
export const FAULTS: readonly Fault[] = [
  f01,
  f02,
  f03,
  f04,
  f06,
  f08,
  f09,
  f11,
  f14,
  f15,
  f16,
  f17,
  f20,
  f21,
  f22,
  f24,
  f27,
  f28,
  f30,
  f31,
  f32,
  f33,
  f34,
  f35,
  f37,
  f38,
  f39,
  f40,
  f41,
  f44,
  f46,
  f48,
  f49,
  f50,
  f53,
  f55,
  f56,
  f57,
]

/** All there are to be. */
export const PLANNED = 38
