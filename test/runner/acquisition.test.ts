import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { acquire } from '../../runner/acquisition.ts'
import { ACQUIRE_PACKAGES } from '../../runner/protocol/limits.ts'
import type { GrantedPackage } from '../../runner/protocol/messages.ts'
import { PackageCache } from '../../runner/workspace/package-cache.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-cache-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const sha256Of = (text: string) => createHash('sha256').update(text).digest('hex')
const granted = (packageId: string, text: string): GrantedPackage => ({
  name: '',
  packageId,
  version: '1.0.0',
  extension: '.zip',
  sha256: sha256Of(text),
  sizeBytes: Buffer.byteLength(text),
  extract: true,
})

const WEB = 'w'.repeat(4_000_000)
const TOOLS = 'tools'

/** A server with these bytes; from one look at the clock to the next some time goes by. */
const scene = (texts: string[], lookMs = 0, actionType = 'Octopus.TentaclePackage') => {
  const said: string[] = []
  const fetched: string[] = []
  let time = 0
  const download = async (sha256: string) => {
    const text = texts.find(each => sha256Of(each) === sha256)
    if (text === undefined) throw new Error('the server answered 410')
    fetched.push(sha256)
    const chunks = async function* () {
      for (let at = 0; at < text.length; at += 1_000_000) {
        yield Buffer.from(text.slice(at, at + 1_000_000))
      }
    }
    return Readable.from(chunks())
  }
  return {
    said,
    fetched,
    acquire: (packages: GrantedPackage[], fetchAnew = false) =>
      acquire(
        { actionType, packages, fetchAnew },
        {
          cache: new PackageCache(folder),
          download,
          say: ({ level, text, progress }) =>
            said.push(`${level} ${text}${progress === undefined ? '' : ` ${progress}%`}`),
          now: () => (time += lookMs),
        },
      ),
  }
}

describe('the packages of a step', () => {
  it('are fetched where the cache lacks them, once each, and the log says how far that is', async () => {
    const { acquire, said, fetched } = scene([WEB, TOOLS], 600)
    const web = granted('Shop.Web', WEB)
    expect(await acquire([web, granted('Tools', TOOLS), { ...web, name: 'again' }])).toBeUndefined()
    expect(fetched).toHaveLength(2)
    expect(said).toEqual([
      'info Fetching Shop.Web 1.0.0 (4.0 MB)',
      'info Fetching Shop.Web 1.0.0: 2.0 MB of 4.0 MB 50%',
      'info Fetched Shop.Web 1.0.0 (4.0 MB in 3.6 s)',
      'info Fetching Tools 1.0.0 (1 kB)',
      'info Fetched Tools 1.0.0 (1 kB in 1.2 s)',
    ])
    expect(await acquire([web])).toBeUndefined()
    expect(fetched).toHaveLength(2)
  })

  it('are spoken of by the step that only fetches, also when they are here', async () => {
    const { acquire, said } = scene([TOOLS], 0, ACQUIRE_PACKAGES)
    await acquire([granted('Tools', TOOLS)])
    said.splice(0)
    await acquire([granted('Tools', TOOLS)])
    expect(said).toEqual(['verbose Tools 1.0.0 is in the cache'])
  })

  it('are fetched anew where that is wanted, and where what is here is damaged', async () => {
    const { acquire, fetched } = scene([TOOLS])
    const tools = granted('Tools', TOOLS)
    await acquire([tools])
    await acquire([tools], true)
    expect(fetched).toHaveLength(2)
    writeFileSync(join(folder, tools.sha256), 'damaged')
    await acquire([tools])
    expect(fetched).toHaveLength(3)
  })

  it('say which of them cannot be had', async () => {
    const { acquire } = scene([TOOLS])
    expect(await acquire([granted('Tools', TOOLS), granted('Shop.Web', WEB)])).toBe(
      'Package Shop.Web 1.0.0 could not be fetched: the server answered 410.',
    )
    const other = { ...granted('Tools', TOOLS), sizeBytes: 4 }
    expect(await acquire([other], true)).toContain('more than the promised 4 bytes came')
  })
})
