import { gzipSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import { checkArchive } from '../../../worker/packages/archive.ts'
import type { ByteSource } from '../../../worker/packages/blob.ts'
import { findNuspec, parseNuspec } from '../../../worker/packages/nuspec.ts'
import { readPackageFileName } from '../../../worker/packages/package.ts'
import { readZipDirectory } from '../../../worker/packages/zip.ts'
import { joined, nupkgOf, nuspec, tarGzOf, tarOf, zipOf } from './archives.ts'

const sourceOf = (bytes: Uint8Array): ByteSource => ({
  sizeBytes: bytes.byteLength,
  read: async (offset, length) => bytes.subarray(offset, offset + length),
})

const zip = zipOf({ 'a.txt': 'inner content of the file', 'b/c.txt': 'more' })

const check = (bytes: Uint8Array, fileName: string) => {
  const { kind, extension } = readPackageFileName(fileName)
  return checkArchive(sourceOf(bytes), kind, extension)
}

describe('a package is what its name says', () => {
  it.each([
    { name: 'Shop.1.0.0.zip', bytes: zip },
    { name: 'Shop.1.0.0.jar', bytes: joined([new TextEncoder().encode('#!/bin/sh\n'), zip]) },
    { name: 'Shop.1.0.0.tar', bytes: tarOf('a.txt', 'a') },
    { name: 'Shop.1.0.0.tar.gz', bytes: tarGzOf('a.txt', 'a') },
    { name: 'Shop.1.0.0.tgz', bytes: tarGzOf('a.txt', 'a') },
    { name: 'Shop.1.0.0.tar.bz2', bytes: new TextEncoder().encode('BZh91AY&SY') },
  ])('$name', async ({ name, bytes }) => {
    await expect(check(bytes, name)).resolves.toBeDefined()
  })

  it.each([
    ['Shop.1.0.0.zip', '../evil.txt'],
    ['Shop.1.0.0.zip', 'a/../../evil.txt'],
    ['Shop.1.0.0.zip', '/etc/passwd'],
    ['Shop.1.0.0.zip', '..\\evil.txt'],
    ['Shop.1.0.0.zip', 'C:\\evil.txt'],
    ['Shop.1.0.0.nupkg', '%2E%2E/evil.txt'],
  ])('%s is refused with the entry %s', async (name, entry) => {
    const bytes = zipOf({ 'a.txt': 'a', [entry]: 'b' })
    await expect(check(bytes, name)).rejects.toThrow('outside of the folder it is unpacked to')
  })

  it('takes names that only look like ways out', async () => {
    const bytes = zipOf({ 'a..b/..c': 'a', '%2E%2E/a': 'b', './a/100%': 'c' })
    await expect(check(bytes, 'Shop.1.0.0.zip')).resolves.toHaveLength(3)
  })

  it.each([
    { name: 'Shop.1.0.0.zip', bytes: new TextEncoder().encode('not a zip at all') },
    { name: 'Shop.1.0.0.zip', bytes: new Uint8Array() },
    { name: 'Shop.1.0.0.zip', bytes: zip.subarray(0, zip.byteLength - 30) },
    { name: 'Shop.1.0.0.zip', bytes: zip.subarray(40) },
    { name: 'Shop.1.0.0.zip', bytes: joined([zip, new Uint8Array(10)]) },
    { name: 'Shop.1.0.0.tar', bytes: zip },
    { name: 'Shop.1.0.0.tar', bytes: tarOf('a.txt', 'a').subarray(0, 700) },
    { name: 'Shop.1.0.0.tar.gz', bytes: zip },
    { name: 'Shop.1.0.0.rar', bytes: new TextEncoder().encode('Rar!\x1a\x07\x00 and more') },
  ])('or is refused: $name', async ({ name, bytes }) => {
    await expect(check(bytes, name)).rejects.toThrow(/empty|complete/)
  })

  it('and every cut of a zip is refused', async () => {
    for (let length = 1; length < zip.byteLength; length++)
      await expect(check(zip.subarray(0, length), 'Shop.1.0.0.zip')).rejects.toThrow()
  })
})

describe('an archive in an archive', () => {
  const bomb = zipOf({ 'zeros.bin': new Uint8Array(3_000_000) })

  it.each([
    {
      what: 'a zip in a zip in a zip',
      name: 'Shop.1.0.0.zip',
      bytes: zipOf({ a: zipOf({ b: bomb }) }),
    },
    { what: 'a gzip in a tar', name: 'Shop.1.0.0.tar', bytes: tarOf('a.gz', 'x') },
    {
      what: 'gzip of gzip',
      name: 'Shop.1.0.0.tgz',
      bytes: gzipSync(gzipSync(new Uint8Array(3_000_000))),
    },
  ])('stays packed: $what', async ({ name, bytes }) => {
    let read = 0
    const source: ByteSource = {
      sizeBytes: bytes.byteLength,
      read: async (offset, length) => {
        read += length
        return bytes.subarray(offset, offset + length)
      },
    }
    const { kind, extension } = readPackageFileName(name)
    await expect(checkArchive(source, kind, extension)).resolves.toBeDefined()
    expect(read).toBeLessThan(100_000)
  })
})

describe('an archive that would not unpack honestly', () => {
  const altered = (change: (bytes: DataView, directoryAt: number, endAt: number) => void) => {
    const bytes = zip.slice()
    const view = new DataView(bytes.buffer)
    const endAt = bytes.byteLength - 22
    change(view, view.getUint32(endAt + 16, true), endAt)
    return bytes
  }

  it.each([
    {
      what: 'claims to unpack to 4 GB',
      bytes: altered((view, at) => view.setUint32(at + 24, 4_000_000_000, true)),
      says: 'claim to unpack to',
    },
    {
      what: 'has entries outside of itself',
      bytes: altered((view, at) => view.setUint32(at + 42, 900_000, true)),
      says: 'an entry lies outside of it',
    },
    {
      what: 'claims more entries than it has',
      bytes: altered((view, _, end) => view.setUint16(end + 10, 60_000, true)),
      says: 'its directory ends after 2 of 60000 entries',
    },
    {
      what: 'claims a directory larger than itself',
      bytes: altered((view, _, end) => view.setUint32(end + 12, 90_000, true)),
      says: 'its directory is not where its end says',
    },
    {
      what: 'has a directory that is none',
      bytes: altered((view, at) => view.setUint32(at, 0, true)),
      says: 'its directory ends after 0 of 2 entries',
    },
  ])('is refused when it $what', async ({ bytes, says }) => {
    await expect(readZipDirectory(sourceOf(bytes))).rejects.toThrow(says)
  })

  it('is refused when its entries overlap', async () => {
    const content = crypto.getRandomValues(new Uint8Array(2_000))
    const bytes = zipOf({ a: content, b: 'b', c: 'c' }).slice()
    const view = new DataView(bytes.buffer)
    let at = view.getUint32(bytes.byteLength - 6, true)
    for (let entry = 0; entry < 3; entry++) {
      view.setUint32(at + 20, 2_000, true)
      view.setUint32(at + 42, 0, true)
      at += 46 + view.getUint16(at + 28, true) + view.getUint16(at + 30, true)
    }
    await expect(readZipDirectory(sourceOf(bytes))).rejects.toThrow('its entries overlap')
  })

  it('is refused by its count alone when it claims a million entries', async () => {
    const end = new Uint8Array(56 + 20 + 22)
    const view = new DataView(end.buffer)
    view.setUint32(0, 0x06064b50, true)
    view.setBigUint64(32, 1_000_000n, true)
    view.setUint32(56, 0x07064b50, true)
    view.setUint32(76, 0x06054b50, true)
    view.setUint16(86, 0xffff, true)
    await expect(readZipDirectory(sourceOf(end))).rejects.toThrow('claims 1000000 entries')
  })
})

describe('a .nuspec', () => {
  it('says id, version and the rest', async () => {
    const source = sourceOf(nupkgOf('Shop.Web', '1.2.3-rc.1', '<releaseNotes>New</releaseNotes>'))
    expect(await findNuspec(source, await readZipDirectory(source))).toEqual({
      id: 'Shop.Web',
      version: '1.2.3-rc.1',
      title: '',
      description: 'The shop',
      releaseNotes: 'New',
    })
  })

  it('counts at the root only', async () => {
    const source = sourceOf(zipOf({ 'deep/Shop.nuspec': nuspec('Shop', '1.0') }))
    expect(await findNuspec(source, await readZipDirectory(source))).toBeUndefined()
  })

  it('may be UTF-16 with a mark', () => {
    const text = Buffer.from(`\uFEFF${nuspec('Shop', '1.0')}`, 'utf16le')
    expect(parseNuspec(text).id).toBe('Shop')
  })

  it.each([
    { what: 'a document type', text: `<!DOCTYPE p [<!ENTITY a "b">]>${nuspec('&a;', '1')}` },
    {
      what: 'a document type in UTF-16',
      text: `\uFEFF<!doctype p>${nuspec('a', '1')}`,
      wide: true,
    },
    { what: 'no id', text: nuspec('', '1.0') },
    { what: 'broken XML', text: '<package><metadata><id>a</id>' },
    { what: 'no XML', text: 'hello' },
    { what: 'nothing', text: '' },
    { what: 'deep nesting', text: '<a>'.repeat(30_000) },
    { what: 'an unknown entity', text: nuspec('&nbsp;', '1.0') },
    { what: 'fifty thousand document types', text: '<!DOCTYPE a>'.repeat(50_000) },
    {
      what: 'entities that multiply',
      text: `<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "${'&a;'.repeat(10)}">]>${nuspec('&b;', '1')}`,
    },
    { what: 'an entity that is declared nowhere', text: nuspec('a', '1.0', '<x>&b;</x>') },
    { what: 'UTF-7 all through', text: '+ADw-package+AD4APA-metadata+AD4-' },
    {
      what: 'a file of the machine',
      text: `<!DOCTYPE a SYSTEM "file:///etc/passwd">${nuspec('a', '1')}`,
    },
  ])('with $what is refused', ({ text, wide }) => {
    const bytes = wide ? Buffer.from(text, 'utf16le') : new TextEncoder().encode(text)
    expect(() => parseNuspec(bytes)).toThrow('.nuspec')
  })

  it('is no UTF-7, whatever it says of itself', () => {
    const more = '<title>+ADwAIQ-DOCTYPE p+AD4-</title>'
    const text = nuspec('Shop', '1.0', more).replace('?>', ' encoding="utf-7"?>')
    expect(parseNuspec(new TextEncoder().encode(text)).title).toBe('+ADwAIQ-DOCTYPE p+AD4-')
  })

  it('may refer to characters as often as it has room for', () => {
    const text = nuspec('Shop', '1.0').replace('The shop', '&#65;&#x41;'.repeat(90_000))
    expect(parseNuspec(new TextEncoder().encode(text)).description).toBe('A'.repeat(4_000))
  })

  it('larger than 1 MiB is refused without unpacking it', async () => {
    const source = sourceOf(zipOf({ 'Shop.nuspec': ' '.repeat(2_000_000) }))
    const entries = await readZipDirectory(source)
    await expect(findNuspec(source, entries)).rejects.toThrow('more than 1048576 bytes')
  })

  it('that lies about its size is refused', async () => {
    const bytes = zipOf({ 'Shop.nuspec': nuspec('Shop', '1.0') })
    const source = sourceOf(bytes)
    const [entry] = await readZipDirectory(source)
    if (!entry) throw new Error('no entry')
    await expect(findNuspec(source, [{ ...entry, uncompressedBytes: 10 }])).rejects.toThrow(
      'unpacks to more than 10 bytes',
    )
  })
})

describe('a file name', () => {
  it.each([
    { name: 'Acme.Web.1.2.3.zip', id: 'Acme.Web', version: '1.2.3', extension: '.zip' },
    {
      name: 'App.Web.1.2.3-beta.4+9.zip',
      id: 'App.Web',
      version: '1.2.3-beta.4+9',
      extension: '.zip',
    },
    { name: 'foo.1.0.0-tag.tar.gz', id: 'foo', version: '1.0.0-tag', extension: '.tar.gz' },
    { name: 'Acme.Web2.0.1.5.ZIP', id: 'Acme.Web2', version: '0.1.5', extension: '.ZIP' },
  ])('$name names $id $version', ({ name, id, version, extension }) => {
    expect(readPackageFileName(name)).toMatchObject({
      identity: { packageId: id, version },
      extension,
    })
  })

  it.each([
    { name: 'Acme.zip', says: "The file name 'Acme.zip' has no version in it." },
    { name: 'Acme.1.0.0', says: "The file name 'Acme.1.0.0' has no version in it." },
    { name: '', says: 'has no version in it' },
    { name: 'Acme.1.0.0.exe', says: 'ends with .exe, which is no package format' },
    { name: `${'a'.repeat(101)}.1.0.0.zip`, says: 'A package id has 1 to 100 letters' },
    { name: 'Ünïcode.1.0.0.zip', says: 'A package id has 1 to 100 letters' },
    { name: '..%2F..%2Fetc@S1.0@F.zip', says: 'A package id has 1 to 100 letters' },
    { name: 'Acme.1.0.0.zip\0.exe', says: 'has no version in it' },
  ])('$name is refused', ({ name, says }) => {
    expect(() => readPackageFileName(name)).toThrow(says)
  })
})

it.each(['zip', 'nupkg', 'jar', 'war', 'ear', 'rar', 'whl'])(
  'a .%s file is read as a zip archive',
  ending => expect(readPackageFileName(`Shop.1.0.0.${ending}`).kind).toBe('zip'),
)
