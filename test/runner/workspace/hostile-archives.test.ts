import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  type FSWatcher,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  watch,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { extractPackage } from '../../../runner/workspace/archive.ts'
import type { ExtractionLimits } from '../../../runner/workspace/staging.ts'
import { compressed } from '../../support/compress.ts'
import { paxEntry, type RawTarEntry, rawTar, rawZip } from '../../support/hostile-archives.ts'

/** What an archive may wish to reach: it lies beside, above and where absolute names lead. */
let machine: string
let watchers: FSWatcher[]
let touched: string[]
beforeEach(() => {
  machine = mkdtempSync(join(tmpdir(), 'slipway-hostile-'))
  for (const folder of ['etc', 'home/applications/Shop/1.0.0', 'home/work/attempt'])
    mkdirSync(join(machine, folder), { recursive: true })
  writeFileSync(join(machine, 'etc/passwd'), 'root')
  writeFileSync(join(machine, 'home/key.pem'), 'secret')
  writeFileSync(join(machine, 'home/applications/Shop/1.0.0/index.html'), 'running')
  touched = []
  watchers = ['', 'etc', 'home', 'home/applications', 'home/applications/Shop/1.0.0'].map(folder =>
    watch(join(machine, folder), (_, name) => {
      if (!name?.startsWith('archive')) touched.push(join(folder, name ?? ''))
    }),
  )
})
afterEach(() => {
  for (const watcher of watchers) watcher.close()
  rmSync(machine, { recursive: true })
})

/** Everything there is, with its kind, mode and content. */
const picture = (folder = machine): string[] =>
  readdirSync(folder).flatMap(name => {
    const path = join(folder, name)
    const { mode } = lstatSync(path)
    const says = `${path} ${mode.toString(8)}`
    if (lstatSync(path).isSymbolicLink()) return [`${says} ${readlinkSync(path)}`]
    if (lstatSync(path).isDirectory()) return [says, ...picture(path)]
    return [`${says} ${createHash('sha256').update(readFileSync(path)).digest('hex')}`]
  })

const wanted = () => join(machine, 'home/applications/Shop/2.0.0')
const extract = (
  bytes: Buffer,
  extension: string,
  limits?: ExtractionLimits,
  writeFile?: Parameters<typeof extractPackage>[5],
) => {
  const archive = join(machine, 'archive')
  writeFileSync(archive, bytes)
  const staging = join(machine, 'home/work/attempt/unpacking')
  return extractPackage(archive, extension, wanted(), staging, limits, writeFile)
}

/** The machine is as it was, and nobody has touched it in between. */
const expectRefusal = async (
  bytes: Buffer,
  extension: string,
  says: string,
  limits?: ExtractionLimits,
) => {
  writeFileSync(join(machine, 'archive'), bytes)
  const before = picture()
  await expect(extract(bytes, extension, limits)).rejects.toThrow(says)
  expect(picture()).toEqual(before)
  expect(touched).toEqual([])
  expect(existsSync('/slipway-evil') || existsSync('/tmp/slipway-evil')).toBe(false)
}

const bzip2 = (bytes: Buffer) => execFileSync('bzip2', ['-c'], { input: bytes, maxBuffer: 2 ** 30 })

const LEAVES = 'would leave its folder'
const NAMES: readonly { name: string; says: string; inZip?: string }[] = [
  { name: '../evil', says: LEAVES, inZip: 'invalid relative path' },
  { name: 'a/../../evil', says: LEAVES, inZip: 'invalid relative path' },
  {
    name: 'a/b/c/../../../../../../../../etc/passwd',
    says: LEAVES,
    inZip: 'invalid relative path',
  },
  { name: '/tmp/slipway-evil', says: LEAVES, inZip: 'absolute path' },
  { name: '//slipway-evil', says: LEAVES, inZip: 'absolute path' },
  { name: '..\\evil', says: LEAVES, inZip: 'invalid relative path' },
  { name: 'a\\..\\..\\evil', says: LEAVES, inZip: 'invalid relative path' },
  { name: '\\evil', says: LEAVES, inZip: 'absolute path' },
  { name: 'C:\\evil', says: LEAVES, inZip: 'absolute path' },
  { name: 'c:evil', says: LEAVES, inZip: 'absolute path' },
  { name: '\\\\host\\share\\evil', says: LEAVES, inZip: 'absolute path' },
  { name: '..', says: LEAVES, inZip: 'invalid relative path' },
  { name: './../evil', says: LEAVES, inZip: 'invalid relative path' },
  { name: `${'n'.repeat(99)}`.repeat(3), says: 'is too long for a file' },
  { name: 'long/'.repeat(700), says: 'is too long for a file' },
]

/** By a pax record, so that any length will do. */
const tarNamed = (name: string, more: readonly RawTarEntry[] = []) =>
  rawTar([...more, paxEntry({ path: name }), { name: 'short', body: 'x' }])

describe('an archive with the entry', () => {
  it.each(NAMES)('$name is refused as a zip', async ({ name, says, inZip }) => {
    const bytes = rawZip([
      { name: 'good.txt', body: 'x' },
      { name, body: 'x' },
    ])
    await expectRefusal(bytes, '.zip', inZip ?? says)
  })

  it.each(NAMES)('$name is refused as a tar, packed or not', async ({ name, says }) => {
    const tar = tarNamed(name, [{ name: 'good.txt', body: 'x' }])
    await expectRefusal(tar, '.tar', says)
    await expectRefusal(gzipSync(tar), '.tar.gz', says)
    await expectRefusal(bzip2(tar), '.tar.bz2', says)
    await expectRefusal(compressed(tar), '.tar.Z', says)
  })

  it('a NUL is refused', async () => {
    await expectRefusal(rawZip([{ name: 'a\0b', body: 'x' }]), '.zip', LEAVES)
    await expectRefusal(tarNamed('index.html\0.sh'), '.tar', LEAVES)
  })

  it('..%2fevil is refused once a NuGet package has been read', async () => {
    const bytes = rawZip([{ name: '..%2f..%2fevil', body: 'x' }])
    await expectRefusal(bytes, '.nupkg', LEAVES)
  })
})

describe('an archive with what is no file', () => {
  it('leaves links out, and a file of the same name is a file', async () => {
    const tar = rawTar([
      { name: 'link', type: '2', linkname: join(machine, 'etc/passwd') },
      { name: 'link', body: 'mine' },
      { name: 'folder', type: '2', linkname: join(machine, 'etc') },
      { name: 'folder/passwd', body: 'mine' },
      { name: 'hard', type: '1', linkname: join(machine, 'home/key.pem') },
      { name: 'hard', body: 'mine' },
      { name: 'null', type: '3' },
      { name: 'disk', type: '4' },
      { name: 'pipe', type: '6' },
    ])
    const { folder, warnings } = await extract(tar, '.tar')
    expect(readdirSync(folder).sort()).toEqual(['folder', 'hard', 'link'])
    expect(lstatSync(join(folder, 'link')).isFile()).toBe(true)
    expect(lstatSync(join(folder, 'folder/passwd')).isFile()).toBe(true)
    expect(readFileSync(join(machine, 'etc/passwd'), 'utf8')).toBe('root')
    expect(readFileSync(join(machine, 'home/key.pem'), 'utf8')).toBe('secret')
    expect(warnings).toHaveLength(6)
  })

  it('leaves out the links, pipes and devices of a zip', async () => {
    const { folder, warnings } = await extract(
      rawZip([
        { name: 'link', body: join(machine, 'etc'), mode: 0o120777 },
        { name: 'link/passwd', body: 'mine' },
        { name: 'pipe', mode: 0o010644 },
        { name: 'null', mode: 0o020644 },
      ]),
      '.zip',
    )
    expect(readdirSync(folder)).toEqual(['link'])
    expect(readFileSync(join(machine, 'etc/passwd'), 'utf8')).toBe('root')
    expect(warnings).toHaveLength(3)
  })

  it('takes neither set-user-id nor the right to write from it', async () => {
    const { folder } = await extract(rawZip([{ name: 'su', body: 'x', mode: 0o106777 }]), '.zip')
    expect(lstatSync(join(folder, 'su')).mode & 0o7777).toBe(0o755)
  })
})

describe('an archive with names that clash', () => {
  it('keeps apart what this file system keeps apart', async () => {
    const names = ['Readme', 'README', 'caf\u00e9', 'cafe\u0301']
    const { folder } = await extract(rawZip(names.map(name => ({ name, body: name }))), '.zip')
    for (const name of readdirSync(folder))
      expect(readFileSync(join(folder, name), 'utf8')).toBe(name)
    expect(readdirSync(folder)).toHaveLength(4)
  })

  it.each([
    {
      what: 'a file and a folder',
      entries: [
        { name: 'a', body: 'x' },
        { name: 'a/b', body: 'x' },
      ],
    },
    {
      what: 'a folder and a file',
      entries: [
        { name: 'a/b', body: 'x' },
        { name: 'a', body: 'x' },
      ],
    },
    { what: 'a file and an empty folder', entries: [{ name: 'a', body: 'x' }, { name: 'a/' }] },
  ])('is refused for $what of one name', async ({ entries }) => {
    await expectRefusal(rawZip(entries), '.zip', 'folder')
  })
})

describe('a bomb', () => {
  const small: ExtractionLimits = { maxEntries: 1_000, maxBytes: 10_000_000, maxRatio: 250 }

  it('of a million entries is refused by its table of contents', async () => {
    await expectRefusal(rawZip([{ name: 'a' }], 1_000_000), '.zip', 'more than 200000 entries')
  })

  it('of many entries in a tar is refused at the first too many', async () => {
    const tar = rawTar(Array.from({ length: 1_100 }, (_, i) => ({ name: `f${i}` })))
    await expectRefusal(gzipSync(tar), '.tgz', 'more than 1000 entries', small)
  })

  it('of entries that share their bytes is refused before anything is written', async () => {
    const first = { name: 'a', body: Buffer.alloc(100_000) }
    const others = Array.from({ length: 500 }, (_, i) => ({
      name: `b${i}`,
      claims: { offset: 0, packedSize: 115, size: 100_000 },
    }))
    await expectRefusal(rawZip([first, ...others]), '.zip', 'its entries overlap')
  })

  it.each([
    { what: 'fewer', size: 10 },
    { what: 'more', size: 2_000_000 },
  ])('that says it holds $what bytes than it does is refused', async ({ size }) => {
    const bytes = rawZip([{ name: 'a', body: Buffer.alloc(1_000_000), claims: { size } }])
    await expectRefusal(bytes, '.zip', 'The archive cannot be read', small)
  })

  it('of zeros is refused by the size that its table of contents gives', async () => {
    const bytes = rawZip([{ name: 'a', body: Buffer.alloc(120_000_000) }])
    await expectRefusal(bytes, '.zip', 'more than 250 times its size')
  })

  it('that stands for gigabytes in a few bytes is stopped while it grows', async () => {
    const zeros = bzip2(Buffer.alloc(50_000_000))
    const header = rawTar([{ name: 'zeros', size: Buffer.from('77777777777\0') }]).subarray(0, 512)
    // bzip2 files one after the other are one file.
    const bytes = Buffer.concat([bzip2(header), ...Array<Buffer>(200).fill(zeros)])
    await expectRefusal(bytes, '.tar.bz2', 'holds more than 10000000 bytes', small)
    await expectRefusal(
      gzipSync(Buffer.concat([header, Buffer.alloc(50_000_000)])),
      '.tar.gz',
      'holds more than 10000000 bytes',
      small,
    )
  })

  it('inside a bomb stays packed', async () => {
    const inner = rawZip([{ name: 'a', body: Buffer.alloc(1_000_000) }])
    const { folder } = await extract(rawZip([{ name: 'inner.zip', body: inner }]), '.zip', small)
    expect(readFileSync(join(folder, 'inner.zip'))).toEqual(inner)
  })
})

describe('an archive with impossible numbers', () => {
  const negative = Buffer.concat([Buffer.alloc(11, 0xff), Buffer.alloc(1)])
  const huge = Buffer.concat([Buffer.from([0x80]), Buffer.alloc(3), Buffer.alloc(8, 0x7f)])

  it.each([
    { what: 'a negative size', entries: [{ name: 'a', size: negative }] },
    { what: 'a size beyond all disks', entries: [{ name: 'a', body: 'x', size: huge }] },
    {
      what: 'a size that is no number',
      entries: [{ name: 'a', size: Buffer.from('one two thre') }],
    },
    { what: 'a pax header of negative size', entries: [{ name: 'a', type: 'x', size: negative }] },
    { what: 'a long name of negative size', entries: [{ name: 'a', type: 'L', size: negative }] },
    { what: 'a pax size that is no number', entries: [paxEntry({ size: 'many' }), { name: 'a' }] },
    { what: 'a negative pax size', entries: [paxEntry({ size: '-5' }), { name: 'a', body: 'x' }] },
  ])('is refused for $what', async ({ entries }) => {
    await expectRefusal(rawTar(entries), '.tar', 'The archive cannot be read')
  })

  it('gives nothing for a pax record without its length', async () => {
    const tar = rawTar([{ name: 'a', type: 'x', body: 'path=../evil\n' }])
    const { folder, fileCount } = await extract(tar, '.tar')
    expect({ files: readdirSync(folder), fileCount }).toEqual({ files: [], fileCount: 0 })
  })

  it.each([
    { what: 'a table of contents beyond its end', claims: { offset: 0x7fffffff } },
    { what: 'an entry longer than itself', claims: { packedSize: 0x7fffffff } },
  ])('is refused for $what', async ({ claims }) => {
    const bytes = rawZip([{ name: 'a', body: 'x', claims }])
    await expectRefusal(bytes, '.zip', 'archive')
  })

  it('is refused when it is encrypted', async () => {
    await expectRefusal(rawZip([{ name: 'a', body: 'x', flags: 0x801 }]), '.zip', 'is encrypted')
  })

  it.each([
    { extension: '.tar.bz2', bytes: bzip2(Buffer.alloc(100_000, 'x')).subarray(0, 30) },
    { extension: '.tar.bz2', bytes: Buffer.from('BZh9 but no more') },
    { extension: '.tar.bz2', bytes: Buffer.from('') },
    { extension: '.tar.Z', bytes: Buffer.from('no output of compress') },
    { extension: '.tar.Z', bytes: Buffer.from([0x1f, 0x9d, 0x90, 0xff, 0xff, 0xff]) },
    { extension: '.tar.gz', bytes: gzipSync(rawTar([{ name: 'a' }])).subarray(0, 40) },
    { extension: '.tar', bytes: Buffer.alloc(700, 7) },
    { extension: '.jar', bytes: Buffer.from('PK\x05\x06') },
  ])('is refused as a damaged $extension', async ({ extension, bytes }) => {
    await expectRefusal(bytes, extension, 'The archive cannot be read')
  })

  it('is refused when a single bit of its bzip2 is another', async () => {
    const bytes = bzip2(rawTar([{ name: 'a', body: 'x'.repeat(5_000) }]))
    bytes[40] = (bytes[40] as number) ^ 4
    await expectRefusal(bytes, '.tbz', 'The archive cannot be read')
  })
})

describe('a disk that is full', () => {
  it.each([
    { code: 'ENOSPC', says: 'there is no room left on the disk' },
    { code: 'EDQUOT', says: 'the quota of the disk is used up' },
  ])('ends the extraction with $code, and leaves nothing', async ({ code, says }) => {
    const bytes = rawTar([
      { name: 'a', body: Buffer.alloc(300_000) },
      { name: 'b', body: Buffer.alloc(300_000) },
    ])
    writeFileSync(join(machine, 'archive'), bytes)
    const before = picture()
    let room = 400_000
    const onFullDisk = () =>
      new Writable({
        write(chunk: Buffer, _, done) {
          room -= chunk.length
          const error = Object.assign(new Error(code), { code, errno: -28, syscall: 'write' })
          done(room < 0 ? error : null)
        },
      })
    await expect(extract(bytes, '.tar', undefined, onFullDisk)).rejects.toThrow(
      `The package cannot be extracted to ${join(machine, 'home/applications/Shop')}: ${says}. Nothing of it is left. Free some space there and run the step again.`,
    )
    expect(picture()).toEqual(before)
  })
})

describe('the kinds of archives', () => {
  const tar = rawTar([
    { name: 'dir', type: '5' },
    { name: 'dir/a.txt', body: 'hello' },
  ])
  const zip = rawZip([{ name: 'dir/' }, { name: 'dir/a.txt', body: 'hello' }])

  it.each([
    { extension: '.tar', bytes: tar },
    { extension: '.tar.gz', bytes: gzipSync(tar) },
    { extension: '.TGZ', bytes: gzipSync(tar) },
    { extension: '.tar.bz2', bytes: bzip2(tar) },
    { extension: '.tar.bz', bytes: bzip2(tar) },
    { extension: '.tbz', bytes: bzip2(tar) },
    { extension: '.tar.Z', bytes: compressed(tar) },
    ...['.zip', '.nupkg', '.whl', '.jar', '.war', '.ear', '.rar'].map(extension => ({
      extension,
      bytes: zip,
    })),
  ])('$extension is extracted', async ({ extension, bytes }) => {
    const { folder, fileCount } = await extract(bytes, extension)
    expect(readFileSync(join(folder, 'dir/a.txt'), 'utf8')).toBe('hello')
    expect(fileCount).toBe(1)
  })

  it.each(['.tar.xz', '.7z', '.txz', '.exe', ''])('%j is refused by its name', async extension => {
    await expectRefusal(zip, extension, `Packages of the kind ${extension || 'without'}`)
  })
})
