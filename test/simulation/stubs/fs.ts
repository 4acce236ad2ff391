// Stands in for `node:fs` of runners: the machine's simulated disk. What is not here is the real one.
import { Buffer } from 'node:buffer'
import { hostHere } from '../here.ts'

export * from 'node:fs'

type Encoding = 'utf8' | { encoding?: 'utf8' } | undefined

/** What would change the disk happens only while the process that asks for it lives. */
const change = <T>(what: string, deed: () => T, otherwise: T): T => {
  const host = hostHere()
  if (!host.may(what)) return otherwise
  const value = deed()
  host.tell()
  return value
}

export const openSync = (path: string, flags: string | number = 'r'): number => {
  const host = hostHere()
  return flags === 'r'
    ? host.disk.open(path, flags)
    : change(`open ${path}`, () => host.disk.open(path, flags), -1)
}
export const closeSync = (descriptor: number): void => hostHere().disk.close(descriptor)

export const writeSync = (
  descriptor: number,
  given: Uint8Array | string,
  offset = 0,
  length?: number,
): number => {
  const host = hostHere()
  const whole = typeof given === 'string' ? Buffer.from(given) : given
  const bytes = whole.subarray(offset, offset + (length ?? whole.length - offset))
  if (descriptor < 0) return bytes.length
  return change(
    `write ${host.disk.pathOf(descriptor)} ${host.isNaming ? Buffer.from(bytes.subarray(0, 40)).toString() : ''}`,
    () => host.disk.write(descriptor, bytes),
    bytes.length,
  )
}
export const readSync = (
  descriptor: number,
  into: Uint8Array,
  offset: number | object = 0,
  length?: number,
  position: number | null = null,
): number => {
  const start = typeof offset === 'number' ? offset : 0
  const room = into.subarray(start)
  return hostHere().disk.read(descriptor, room, length ?? room.length, position)
}
export const fdatasyncSync = (descriptor: number): void => {
  const host = hostHere()
  if (descriptor < 0) return
  change(`sync ${host.disk.pathOf(descriptor)}`, () => host.disk.sync(descriptor), undefined)
}
export const fsyncSync = fdatasyncSync
export const ftruncateSync = (descriptor: number, size = 0): void => {
  if (descriptor >= 0)
    change('truncate', () => hostHere().disk.truncateOpen(descriptor, size), undefined)
}
export const truncateSync = (path: string, size = 0): void =>
  change(`truncate ${path}`, () => hostHere().disk.truncate(path, size), undefined)
export const renameSync = (from: string, to: string): void =>
  change(`rename ${to}`, () => hostHere().disk.rename(from, to), undefined)
export const unlinkSync = (path: string): void =>
  change(`remove ${path}`, () => hostHere().disk.remove(path), undefined)
export const rmSync = (path: string): void =>
  change(`remove ${path}`, () => hostHere().disk.remove(path), undefined)
export const rm = (path: string, _options: unknown, done: (error: Error | null) => void): void => {
  rmSync(path)
  done(null)
}
export const mkdirSync = (path: string): void =>
  change(`folder ${path}`, () => hostHere().disk.makeFolder(path), undefined)
export const chmodSync = (): void => undefined
export const existsSync = (path: string): boolean => hostHere().disk.exists(path)
export const statSync = (path: string, options?: { throwIfNoEntry?: boolean }) => {
  const size = hostHere().disk.sizeOf(path)
  if (size === undefined && options?.throwIfNoEntry === false) return undefined
  if (size === undefined) throw Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' })
  return { size, mtimeMs: 0, isFile: () => true, isDirectory: () => false }
}
export const readdirSync = (path: string): string[] => hostHere().disk.list(path)
export const readFileSync = (path: string, encoding?: Encoding): string | Buffer => {
  const bytes = Buffer.from(hostHere().disk.content(path))
  return encoding ? bytes.toString('utf8') : bytes
}
export const writeFileSync = (path: string, given: Uint8Array | string): void => {
  const descriptor = openSync(path, 'w')
  writeSync(descriptor, given)
  if (descriptor >= 0) closeSync(descriptor)
}
