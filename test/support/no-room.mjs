// Loaded into a runner's processes by NODE_OPTIONS: its disk is as good as full until a file says
// otherwise. What a file system answers that has room for some small files only, for machines on which
// none can be made.
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

const { SLIPWAY_ROOM_FILE: file = '' } = process.env
const { writeSync } = fs
const LEFT_BYTES = 24_576

if (file !== '') {
  fs.writeSync = (...args) => {
    if (args[1].length <= LEFT_BYTES || fs.existsSync(file)) return writeSync(...args)
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), {
      code: 'ENOSPC',
      errno: -28,
      syscall: 'write',
    })
  }
  syncBuiltinESMExports()
}
