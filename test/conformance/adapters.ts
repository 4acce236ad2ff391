import { configTransforms } from './config-transforms.ts'
import { octostache } from './octostache.ts'
import { packageNames } from './package-names.ts'
import { serviceMessages } from './service-messages.ts'
import { structuredConfig } from './structured-config.ts'
import type { Adapter } from './suite.ts'
import { versionRanges } from './version-ranges.ts'
import { versions } from './versions.ts'

/** One adapter per suite, by the name the file gives itself. A suite that is not here fails. */
export const ADAPTERS: Readonly<Record<string, Adapter>> = {
  octostache,
  versions,
  'version-ranges': versionRanges,
  'package-names': packageNames,
  'service-messages': serviceMessages,
  'structured-config': structuredConfig,
  'config-transforms': configTransforms,
}
