// Loaded into a runner's processes by NODE_OPTIONS: the wall clock is wrong by what a file says.
import fs from 'node:fs'

const { SLIPWAY_CLOCK_FILE: file = '' } = process.env
const Real = Date
let offset = 0
let readAt = Number.NEGATIVE_INFINITY

const now = () => {
  if (performance.now() - readAt > 50) {
    readAt = performance.now()
    try {
      offset = Number(fs.readFileSync(file, 'utf8'))
    } catch {}
  }
  return Real.now() + offset
}

if (file !== '')
  globalThis.Date = class extends Real {
    constructor(...args) {
      if (args.length === 0) super(now())
      else super(...args)
    }
    static now() {
      return now()
    }
  }
