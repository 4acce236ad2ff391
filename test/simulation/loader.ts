import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { Patch } from './mutants.ts'

const ROOT = new URL('../../', import.meta.url).href
const STUBS = new URL('stubs/', import.meta.url).href
const stub = (name: string) => `${STUBS}${name}.ts`

/** Platform modules as runners see them. */
const OF_RUNNERS: Record<string, string> = {
  'node:fs': stub('fs'),
  'node:child_process': stub('child-process'),
  'node:perf_hooks': stub('perf-hooks'),
}

/** Modules of the product that touch what the model has instead. Everything else is the product. */
const REPLACED: Record<string, string> = {
  'worker/database/client.ts': stub('client'),
  'worker/access/envelope.ts': stub('envelope'),
  'worker/audit/keep.ts': stub('keep'),
  'worker/access/tokens.ts': stub('tokens'),
  'worker/deployments/facade.ts': stub('facade'),
  'worker/packages/sweep.ts': stub('sweep'),
  'runner/process/identity.ts': stub('identity'),
  'runner/process/leftovers.ts': stub('leftovers'),
  'runner/facts.ts': stub('facts'),
  'runner/identity.ts': stub('runner-identity'),
}

/** So that every decision is seen, those too that are not stored. */
const OBSERVED: Record<string, Patch[]> = {
  'worker/deployments/execution.ts': [
    {
      find: 'export const decide = (',
      replace:
        'export const decide = (...given) => globalThis.simulation.decided(decideUnseen, given)\nconst decideUnseen = (',
    },
  ],
}

/** @param patches seeded defects by file: the tree itself is never changed */
export const registerProduct = (patches: ReadonlyMap<string, Patch[]>): void => {
  const left = new Set(patches.keys())
  registerHooks({
    resolve: (specifier, context, next) => {
      if (specifier === 'cloudflare:workers') return { url: stub('workers'), shortCircuit: true }
      const isRunners = context.parentURL?.startsWith(`${ROOT}runner/`)
      const platform = isRunners ? OF_RUNNERS[specifier] : undefined
      if (platform) return { url: platform, shortCircuit: true }
      const resolved = next(specifier, context)
      const path = resolved.url.startsWith(ROOT) ? resolved.url.slice(ROOT.length) : ''
      // A stand-in may take what it does not replace from the module itself.
      const replaced = context.parentURL?.startsWith(STUBS) ? undefined : REPLACED[path]
      return replaced ? { ...resolved, url: replaced, shortCircuit: true } : resolved
    },
    load: (url, context, next) => {
      const path = url.startsWith(ROOT) ? url.slice(ROOT.length) : ''
      const changes = [...(patches.get(path) ?? []), ...(OBSERVED[path] ?? [])]
      if (changes.length === 0) return next(url, context)
      let source = readFileSync(fileURLToPath(url), 'utf8')
      for (const { find, replace } of changes) source = exchange(path, source, find, replace)
      left.delete(path)
      return { format: 'module-typescript', source, shortCircuit: true }
    },
  })
  unloaded = left
}

let unloaded = new Set<string>()
/** Files with a seeded defect that nothing has loaded: such a defect proves nothing. */
export const unloadedPatches = (): string[] => [...unloaded]

const exchange = (path: string, source: string, find: string, replace: string): string => {
  const parts = source.split(find)
  if (parts.length !== 2)
    throw new Error(
      `${path}: expected to find this once, found it ${parts.length - 1} times: ${find}`,
    )
  return parts.join(replace)
}
