/** A file: what it holds now, and what a power cut would leave of it. */
type File = { bytes: Buffer; size: number; durable: Buffer | undefined }

const EMPTY = Buffer.alloc(0)

/**
 * A machine's file system in memory. Bytes survive a power cut only up to the last sync of their
 * file; a name only after a sync of its folder (or of the new file itself, as on ext4).
 */
export class Disk {
  readonly #files = new Map<string, File>()
  readonly #folders = new Set<string>(['/'])
  /** Names as a power cut would leave them. */
  #durableNames = new Map<string, File>()
  readonly #descriptors = new Map<
    number,
    { path: string; file: File; at: number; isAppend: boolean }
  >()
  #next = 100
  freeBytes = Number.POSITIVE_INFINITY

  open(path: string, flags: string | number): number {
    const text = typeof flags === 'number' ? 'r+' : flags
    const mayMake = typeof flags === 'number' || /[wa]/.test(text)
    if (text === 'r' && this.#folders.has(path))
      return this.#descriptor(path, this.#newFile(), false)
    let file = this.#files.get(path)
    if (!file) {
      if (!mayMake) throw missing(path)
      if (!this.#folders.has(parent(path))) throw missing(parent(path))
      file = this.#newFile()
      this.#files.set(path, file)
    } else if (text.startsWith('w')) file.size = 0
    return this.#descriptor(path, file, text.startsWith('a'))
  }

  #newFile = (): File => ({ bytes: EMPTY, size: 0, durable: undefined })

  #descriptor(path: string, file: File, isAppend: boolean): number {
    const descriptor = this.#next++
    this.#descriptors.set(descriptor, { path, file, at: 0, isAppend })
    return descriptor
  }

  close(descriptor: number): void {
    this.#descriptors.delete(descriptor)
  }

  pathOf(descriptor: number): string {
    return this.#at(descriptor).path
  }

  write(descriptor: number, bytes: Uint8Array): number {
    const open = this.#at(descriptor)
    const { file } = open
    const from = open.isAppend ? file.size : open.at
    const end = from + bytes.length
    if (end > file.bytes.length) {
      const grown = Buffer.alloc(Math.max(256, end * 2))
      file.bytes.copy(grown, 0, 0, file.size)
      // What was durable before must not change with what is written now.
      if (file.durable && file.durable.buffer === file.bytes.buffer)
        file.durable = Buffer.from(file.durable)
      file.bytes = grown
    }
    file.bytes.set(bytes, from)
    file.size = Math.max(file.size, end)
    open.at = end
    return bytes.length
  }

  read(descriptor: number, into: Uint8Array, length: number, position: number | null): number {
    const open = this.#at(descriptor)
    const from = position ?? open.at
    const count = Math.max(0, Math.min(length, open.file.size - from))
    into.set(open.file.bytes.subarray(from, from + count))
    if (position === null) open.at += count
    return count
  }

  truncate(path: string, size: number): void {
    const file = this.#files.get(path)
    if (!file) throw missing(path)
    file.size = Math.min(file.size, size)
  }
  truncateOpen(descriptor: number, size: number): void {
    const { file } = this.#at(descriptor)
    file.size = Math.min(file.size, size)
  }

  sync(descriptor: number): void {
    const { path, file } = this.#at(descriptor)
    if (this.#folders.has(path)) {
      for (const name of [...this.#durableNames.keys()])
        if (parent(name) === path && !this.#files.has(name)) this.#durableNames.delete(name)
      for (const [name, each] of this.#files)
        if (parent(name) === path) this.#durableNames.set(name, each)
      return
    }
    file.durable = Buffer.from(file.bytes.subarray(0, file.size))
    if (!this.#durableNames.has(path)) this.#durableNames.set(path, file)
  }

  rename(from: string, to: string): void {
    const file = this.#files.get(from)
    if (!file) throw missing(from)
    this.#files.delete(from)
    this.#files.set(to, file)
  }

  content(path: string): Buffer {
    const file = this.#files.get(path)
    if (!file) throw missing(path)
    return file.bytes.subarray(0, file.size)
  }

  sizeOf(path: string): number | undefined {
    return this.#files.get(path)?.size
  }

  exists(path: string): boolean {
    return this.#files.has(path) || this.#folders.has(path)
  }

  list(folder: string): string[] {
    if (!this.#folders.has(folder)) throw missing(folder)
    const names = new Set<string>()
    for (const path of [...this.#files.keys(), ...this.#folders])
      if (path !== folder && path.startsWith(`${folder}/`))
        names.add(path.slice(folder.length + 1).split('/')[0] ?? '')
    return [...names]
  }

  makeFolder(path: string): void {
    for (let each = path; each !== '/' && each !== ''; each = parent(each)) this.#folders.add(each)
  }

  remove(path: string): void {
    for (const each of [...this.#files.keys()])
      if (each === path || each.startsWith(`${path}/`)) this.#files.delete(each)
    for (const each of [...this.#folders])
      if (each === path || each.startsWith(`${path}/`)) this.#folders.delete(each)
  }

  /** What is left after the power went: synced bytes and names; of the rest `keeps` decides, for
   *  the system may have written more on its own. Open files are closed. */
  cutPower(keeps: (what: string) => number): void {
    this.#descriptors.clear()
    for (const [path, file] of [...this.#files]) {
      const durable = this.#durableNames.get(path)
      if (durable === file || keeps(`name ${path}`) >= 0.5) continue
      if (durable) this.#files.set(path, durable)
      else this.#files.delete(path)
    }
    for (const [path, file] of this.#durableNames)
      if (!this.#files.has(path)) this.#files.set(path, file)
    for (const [path, file] of this.#files) {
      const durable = file.durable ?? EMPTY
      // Of an appended file a part of what was not synced may be there, torn anywhere.
      const isLonger =
        file.size > durable.length && file.bytes.subarray(0, durable.length).equals(durable)
      const extra = isLonger
        ? Math.floor(keeps(`bytes ${path}`) * (file.size - durable.length + 1))
        : 0
      const bytes = Buffer.from(isLonger ? file.bytes.subarray(0, durable.length + extra) : durable)
      file.bytes = bytes
      file.size = bytes.length
      file.durable = Buffer.from(bytes)
    }
    this.#durableNames = new Map(this.#files)
  }

  #at(descriptor: number) {
    const open = this.#descriptors.get(descriptor)
    if (!open) throw Object.assign(new Error('EBADF'), { code: 'EBADF' })
    return open
  }
}

const parent = (path: string) => path.slice(0, path.lastIndexOf('/')) || '/'

const missing = (path: string) =>
  Object.assign(new Error(`ENOENT: no such file or directory, '${path}'`), { code: 'ENOENT' })
