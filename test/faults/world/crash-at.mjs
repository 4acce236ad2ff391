// Loaded into a runner's process by NODE_OPTIONS: ends it at a stated write, once. The product has
// no such seam; what it writes is looked at on its way to the disk.
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

const { SLIPWAY_CRASH_FILE: file = '', SLIPWAY_CRASH_ROLE: role = 'run' } = process.env
const read = () => {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}

const crash = () => {
  fs.unlinkSync(file)
  process.kill(process.pid, 'SIGKILL')
  // The signal may take a moment; nothing more shall happen in it.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10_000)
}

const guard = (name, textOf) => {
  const plain = fs[name]
  fs[name] = (...args) => {
    const point = read()
    const isIt = point?.call === name && textOf(args).includes(point.match)
    if (isIt && point.when === 'before') crash()
    const result = plain(...args)
    if (isIt) crash()
    return result
  }
}

if (file !== '' && process.argv.includes(role)) {
  guard('writeSync', ([, data]) => (typeof data === 'string' ? data : Buffer.from(data).toString()))
  guard('renameSync', ([, to]) => String(to))
  syncBuiltinESMExports()
}
