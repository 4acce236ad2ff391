// python3 [-u] FILE ARGUMENT…: a real Python for machines that have none, with the machine's files.
import { writeSync } from 'node:fs'
import { resolve, sep } from 'node:path'
import { loadPyodide } from 'pyodide'

const [file = '', ...args] = process.argv.slice(2).filter(argument => argument !== '-u')
const script = resolve(file)
const python = await loadPyodide()
python.setStdout({ write: bytes => writeSync(1, bytes) })
python.setStderr({ write: bytes => writeSync(2, bytes) })
for (const top of new Set([process.cwd(), script].map(path => `/${path.split(sep)[1]}`))) {
  python.FS.mkdirTree(top)
  python.mountNodeFS(top, top)
}
python.FS.chdir(process.cwd())
python.globals.set('arguments', python.toPy([script, ...args]))
process.exitCode = python.runPython(`
import runpy, sys, traceback
sys.argv = arguments
code = 0
try:
    runpy.run_path(arguments[0], run_name='__main__')
except SystemExit as end:
    code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
except BaseException:
    traceback.print_exc()
    code = 1
sys.stdout.flush()
sys.stderr.flush()
code & 255
`)
