import { accessSync, constants, existsSync, statfsSync } from 'node:fs'
import { arch, hostname, release, type } from 'node:os'
import { delimiter, join } from 'node:path'
import { hostBootId, readText } from './process/identity.ts'
import type { Facts } from './protocol/enrolment.ts'
import { PROTOCOL_VERSION } from './protocol/limits.ts'

export const RUNNER_VERSION = '0.1.0'

const SHELLS = ['bash', 'pwsh', 'python3']

/** What this machine is and can, found without starting anything. */
export const collectFacts = (folder: string): Facts => {
  const deno = (globalThis as { Deno?: { version: { deno: string } } }).Deno
  const freeDiskBytes = freeBytes(folder)
  return {
    hostname: hostname().slice(0, 255),
    os: (
      /^PRETTY_NAME="?([^"\n]+)/m.exec(readText('/etc/os-release') ?? '')?.[1] ??
      `${type()} ${release()}`
    ).slice(0, 100),
    arch: arch(),
    runnerVersion: RUNNER_VERSION,
    protocolVersion: PROTOCOL_VERSION,
    runtime: deno ? `deno ${deno.version.deno}` : `node ${process.versions.node}`,
    bootId: hostBootId(),
    shells: SHELLS.filter(shell => findProgram(shell) !== undefined),
    ...(freeDiskBytes !== undefined && { freeDiskBytes }),
  }
}

/** Where a program is on the path. */
export const findProgram = (name: string): string | undefined => {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder || '.', name)
    try {
      accessSync(path, constants.X_OK)
      return path
    } catch {}
  }
  return undefined
}

export const freeBytes = (folder: string): number | undefined => {
  if (!existsSync(folder)) return undefined
  const { bavail, bsize } = statfsSync(folder)
  return bavail * bsize
}
