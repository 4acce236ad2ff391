import { buildIfOutdated } from '../../worker/local/build.ts'

/** Once, before any file: products that start side by side would build into one folder otherwise. */
export default () => buildIfOutdated(line => process.stdout.write(`${line}\n`))
