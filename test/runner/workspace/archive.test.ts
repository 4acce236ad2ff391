import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { zipSync } from 'fflate'
import { type Header, pack } from 'tar-stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { extractPackage } from '../../../runner/workspace/archive.ts'
import { listFiles } from '../../../runner/workspace/files.ts'
import { zipOf } from '../../support/packages.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-archive-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const extract = (
  bytes: Buffer,
  extension: string,
  limits?: Parameters<typeof extractPackage>[4],
) => {
  const archive = join(folder, `archive${extension}`)
  writeFileSync(archive, bytes)
  return extractPackage(archive, extension, join(folder, 'out/1.0'), join(folder, 'new'), limits)
}

const tarOf = async (
  entries: (Partial<Header> & { name: string; body?: string })[],
): Promise<Buffer> => {
  const packer = pack()
  for (const { body, ...header } of entries) packer.entry(header as Header, body ?? '')
  packer.finalize()
  const chunks: Buffer[] = []
  for await (const chunk of packer) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** A zip whose entry is called `wanted`, which no decent tool would write. */
const zipNamed = (wanted: string, content = 'x') => {
  const stand = 'Q'.repeat(wanted.length)
  const bytes = zipOf({ [stand]: content })
    .toString('latin1')
    .replaceAll(stand, wanted)
  return Buffer.from(bytes, 'latin1')
}

const left = () => readdirSync(folder).filter(name => !name.startsWith('archive'))

describe('extracting a package', () => {
  it.each(['.zip', '.jar', '.nupkg'])('unpacks %s', async extension => {
    const bytes = zipOf({ 'index.html': 'hello', 'sub/é.txt': 'x', 'sub/': '' })
    const { folder: out, fileCount } = await extract(bytes, extension)
    expect(out).toBe(join(folder, 'out/1.0'))
    expect(fileCount).toBe(2)
    expect(listFiles(out)).toEqual(['index.html', 'sub/é.txt'])
    expect(readFileSync(join(out, 'index.html'), 'utf8')).toBe('hello')
    expect(left()).toEqual(['out'])
  })

  it.each(['.tar', '.tar.gz', '.tgz'])('unpacks %s, with times and modes', async extension => {
    const mtime = new Date('2020-01-02T03:04:05Z')
    const long = `${'deep/'.repeat(30)}file.txt`
    const tar = await tarOf([
      { name: 'run.sh', body: 'hello', mode: 0o4755, mtime },
      { name: long, body: 'deep' },
    ])
    const { folder: out, fileCount } = await extract(
      extension === '.tar' ? tar : gzipSync(tar),
      extension,
    )
    expect(fileCount).toBe(2)
    expect(statSync(join(out, 'run.sh')).mtime).toEqual(mtime)
    expect(statSync(join(out, 'run.sh')).mode & 0o7777).toBe(0o755)
    expect(readFileSync(join(out, long), 'utf8')).toBe('deep')
  })

  it('leaves out what is the business of a NuGet package itself', async () => {
    const { folder: out } = await extract(
      zipOf({
        'Shop.nuspec': '',
        '_rels/.rels': '',
        '[Content_Types].xml': '',
        'package/services/metadata/core-properties/x.psmdcp': '',
        'content/a%20b.txt': 'x',
      }),
      '.nupkg',
    )
    expect(listFiles(out)).toEqual(['content/a b.txt'])
  })

  it('never touches a version that is there already', async () => {
    const first = await extract(zipOf({ a: '1' }), '.zip')
    const second = await extract(zipOf({ a: '2' }), '.zip')
    expect(second.folder).toBe(`${first.folder}_1`)
    expect(readFileSync(join(first.folder, 'a'), 'utf8')).toBe('1')
  })

  it.each([
    '../evil',
    'a/../../evil',
    '/tmp/slipway-evil',
    '..\\evil',
    'a\\..\\..\\evil',
    'C:\\evil',
    'C:evil',
    '\\\\host\\share\\evil',
    'a\0b',
    `${'n'.repeat(300)}`,
  ])('refuses a zip with the entry %j as a whole', async name => {
    await expect(extract(zipNamed(name), '.zip')).rejects.toThrow()
    expect(left()).toEqual([])
    expect(existsSync('/tmp/slipway-evil')).toBe(false)
  })

  it.each(['../evil', 'a/../../evil', '/tmp/slipway-evil', 'a/b/../../../evil'])(
    'refuses a tar with the entry %j as a whole',
    async name => {
      const bytes = await tarOf([{ name: 'good' }, { name, body: 'x' }])
      await expect(extract(bytes, '.tar')).rejects.toThrow('would leave its folder')
      expect(left()).toEqual([])
      expect(existsSync('/tmp/slipway-evil')).toBe(false)
    },
  )

  it('leaves out links and devices, and writes a file of the same name beside none of them', async () => {
    const bytes = await tarOf([
      { name: 'link', type: 'symlink', linkname: '/etc' },
      { name: 'hard', type: 'link', linkname: '/etc/passwd' },
      { name: 'pipe', type: 'fifo' },
      { name: 'null', type: 'character-device', devmajor: 1, devminor: 3 },
      { name: 'link', body: 'harmless' },
    ])
    const { folder: out, warnings, fileCount } = await extract(bytes, '.tar')
    expect(warnings).toEqual([
      '"link" is a symbolic link: it is not extracted.',
      '"hard" is a hard link: it is not extracted.',
      '"pipe" is a named pipe: it is not extracted.',
      '"null" is a device: it is not extracted.',
    ])
    expect(fileCount).toBe(1)
    expect(readFileSync(join(out, 'link'), 'utf8')).toBe('harmless')
  })

  it('leaves out the links of a zip', async () => {
    const link = [
      new TextEncoder().encode('/etc'),
      { os: 3, attrs: (0o120777 << 16) >>> 0 },
    ] as const
    const bytes = Buffer.from(zipSync({ link: [...link], file: new Uint8Array() }))
    const { folder: out, warnings } = await extract(bytes, '.zip')
    expect(warnings).toEqual(['"link" is a symbolic link: it is not extracted.'])
    expect(listFiles(out)).toEqual(['file'])
  })

  it('cannot put a file below a file', async () => {
    const bytes = await tarOf([
      { name: 'a', body: 'x' },
      { name: 'a/b', body: 'x' },
    ])
    await expect(extract(bytes, '.tar')).rejects.toThrow()
    expect(left()).not.toContain('out')
  })

  it('keeps the last of two files with one name', async () => {
    const bytes = await tarOf([
      { name: 'a', body: '1' },
      { name: 'a', body: '2' },
    ])
    const { folder: out, fileCount } = await extract(bytes, '.tar')
    expect(fileCount).toBe(1)
    expect(readFileSync(join(out, 'a'), 'utf8')).toBe('2')
  })

  it.each([
    { limit: 'entries', limits: { maxEntries: 2 }, says: 'more than 2 entries' },
    { limit: 'bytes', limits: { maxBytes: 5 }, says: 'more than 5 bytes' },
  ])('stops at too many $limit', async ({ limits, says }) => {
    const all = { maxEntries: 1_000, maxBytes: 1_000_000, maxRatio: 250, ...limits }
    const bytes = zipOf({ a: 'xxx', b: 'xxx', c: 'xxx' })
    await expect(extract(bytes, '.zip', all)).rejects.toThrow(says)
    expect(left()).toEqual([])
  })

  it('stops at a bomb', async () => {
    const bytes = gzipSync(await tarOf([{ name: 'zeros', body: '\0'.repeat(120_000_000) }]))
    await expect(extract(bytes, '.tgz')).rejects.toThrow('more than 250 times its size')
    expect(left()).toEqual([])
  })

  it.each([
    { what: 'text', bytes: Buffer.from('not an archive'), extension: '.zip' },
    {
      what: 'half a zip',
      bytes: zipOf({ a: 'x'.repeat(1_000) }).subarray(0, 60),
      extension: '.zip',
    },
    { what: 'no gzip', bytes: Buffer.from('hello'), extension: '.tar.gz' },
    {
      what: 'half a gzip',
      bytes: gzipSync(Buffer.alloc(9_000, 'x')).subarray(0, 20),
      extension: '.tgz',
    },
  ])('says that $what cannot be read', async ({ bytes, extension }) => {
    await expect(extract(bytes, extension)).rejects.toThrow('The archive cannot be read')
    expect(left()).toEqual([])
  })

  it('refuses other kinds by name', async () => {
    await expect(extract(Buffer.from(''), '.tar.xz')).rejects.toThrow(
      'Packages of the kind .tar.xz cannot be extracted',
    )
  })
})
