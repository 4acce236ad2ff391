import { join } from 'node:path'
import { PYTHON_BOOTSTRAP } from './python-helpers.ts'
import type { MakeFiles } from './run.ts'

/** The variables as JSON, and a start file that defines the helpers and runs the user's script
 *  with them as its globals. */
export const pythonFiles: MakeFiles = ({ path, folder, mark }, variables) => ({
  files: {
    'variables.json': JSON.stringify(
      Object.fromEntries(variables.plain().map(one => [one.name, one.value])),
    ),
    mark,
    'bootstrap.py': PYTHON_BOOTSTRAP,
  },
  program: 'python3',
  args: ['-u', join(folder, 'bootstrap.py'), path],
})
