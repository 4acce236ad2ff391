import { createHash, randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { type Api, apiClient, type Json } from '../support/api.ts'
import { startProduct } from '../support/product.ts'
import { type Figure, preciseNow } from './harness.ts'
import { megabytes, watchMemory } from './resources.ts'

const GIGABYTE = 1_073_741_824
const SIZES = [GIGABYTE / 8, 2 * GIGABYTE]
/** Parts on their way at once. */
const SENDERS = 3

/** Packages sent in parts: how long it takes, and that memory does not grow with their size. */
export const run = async (): Promise<Figure[]> => {
  const figures: Figure[] = []
  for (const size of SIZES) {
    const product = await startProduct({ sample: false, runner: false })
    const watch = watchMemory(product.process.pid ?? 0)
    try {
      const api = apiClient(product.url, product.apiKey)
      await upload(api, syntheticZip(8_388_608), 'Warm.1.0.0.zip')
      const name = `${size / GIGABYTE} GiB`
      const zip = syntheticZip(size)
      await watch.peak()
      const sent = await upload(api, zip, 'Large.1.0.0.zip')
      const peak = await watch.peak()
      const downloaded = await download(api, sent.resource, zip.sha256)
      figures.push(
        { name: `${name} sent in parts`, value: sent.sendMs / 1000, unit: 's' },
        {
          name: `${name} completed: verified and put in place`,
          value: sent.completeMs / 1000,
          unit: 's',
        },
        { name: `${name} downloaded`, value: downloaded / 1000, unit: 's' },
        { name: `${name}: workerd at most`, value: megabytes(peak.workerd ?? 0), unit: 'MiB' },
        { name: `${name}: host at most`, value: megabytes(hostOf(peak)), unit: 'MiB' },
      )
    } finally {
      watch.stop()
      await product.stop()
    }
  }
  return figures
}

const hostOf = (rssBytes: Record<string, number>): number =>
  Object.entries(rssBytes).reduce((sum, [name, bytes]) => sum + (name === 'workerd' ? 0 : bytes), 0)

type Zip = { sizeBytes: number; sha256: string; read: (from: number, to: number) => Buffer }

/** One stored entry that is the same block over and over: a real archive that nobody has to hold. */
const syntheticZip = (contentBytes: number): Zip => {
  const block = randomBytes(1_048_576)
  let crc = 0
  for (let at = 0; at < contentBytes; at += block.length)
    crc = crc32(block.subarray(0, contentBytes - at), crc)
  const name = Buffer.from('large.bin')
  const head = Buffer.alloc(30 + name.length)
  head.writeUInt32LE(0x04034b50, 0)
  head.writeUInt16LE(20, 4)
  sizes(head, 14)
  head.writeUInt16LE(name.length, 26)
  name.copy(head, 30)
  const tail = Buffer.alloc(46 + name.length + 22)
  tail.writeUInt32LE(0x02014b50, 0)
  tail.writeUInt16LE(20, 4)
  tail.writeUInt16LE(20, 6)
  sizes(tail, 16)
  tail.writeUInt16LE(name.length, 28)
  name.copy(tail, 46)
  const end = 46 + name.length
  tail.writeUInt32LE(0x06054b50, end)
  tail.writeUInt16LE(1, end + 8)
  tail.writeUInt16LE(1, end + 10)
  tail.writeUInt32LE(end, end + 12)
  tail.writeUInt32LE(head.length + contentBytes, end + 16)
  function sizes(record: Buffer, at: number): void {
    record.writeUInt32LE(crc, at)
    record.writeUInt32LE(contentBytes, at + 4)
    record.writeUInt32LE(contentBytes, at + 8)
  }
  const sizeBytes = head.length + contentBytes + tail.length
  const read = (from: number, to: number): Buffer => {
    const bytes = Buffer.alloc(Math.min(to, sizeBytes) - from)
    for (let at = 0; at < bytes.length; ) {
      const offset = from + at - head.length
      const piece =
        offset < 0
          ? head.subarray(from + at)
          : offset >= contentBytes
            ? tail.subarray(offset - contentBytes)
            : block.subarray(
                offset % block.length,
                Math.min(block.length, (offset % block.length) + contentBytes - offset),
              )
      at += piece.copy(bytes, at)
    }
    return bytes
  }
  const hash = createHash('sha256')
  for (let at = 0; at < sizeBytes; at += block.length) hash.update(read(at, at + block.length))
  return { sizeBytes, sha256: hash.digest('hex'), read }
}

const upload = async (api: Api, zip: Zip, fileName: string) => {
  const begunAt = preciseNow()
  const begun = await api.post('/api/Spaces-1/packages/uploads', {
    FileName: fileName,
    SizeBytes: zip.sizeBytes,
    Sha256: zip.sha256,
  })
  let next = 1
  const send = async () => {
    while (next <= begun.PartCount) {
      const number = next++
      const body = zip.read((number - 1) * begun.PartBytes, number * begun.PartBytes)
      const path = `${begun.Links.Self}/parts/${number}`
      const response = await api.send('PUT', path, { body: body as unknown as BodyInit })
      if (!response.ok)
        throw new Error(`part ${number}: ${response.status} ${await response.text()}`)
      await response.arrayBuffer()
    }
  }
  await Promise.all(Array.from({ length: SENDERS }, send))
  const sentAt = preciseNow()
  const resource: Json = await api.post(begun.Links.Complete, {})
  if (resource.Sha256 !== zip.sha256) throw new Error(`stored ${resource.Sha256}`)
  return { resource, sendMs: sentAt - begunAt, completeMs: preciseNow() - sentAt }
}

const download = async (api: Api, resource: Json, sha256: string): Promise<number> => {
  const begunAt = preciseNow()
  const response = await api.send('GET', resource.Links.Raw)
  const hash = createHash('sha256')
  for await (const chunk of response.body ?? []) hash.update(chunk as Uint8Array)
  if (hash.digest('hex') !== sha256) throw new Error('what came back is something else')
  return preciseNow() - begunAt
}
