import { join } from 'node:path'
import { BASH_HELPERS } from './bash-helpers.ts'
import { quote } from './quote.ts'
import type { MakeFiles } from './run.ts'

/**
 * One file to start with: the variables as a function that picks by name, which every bash from
 * 3.2 on reads fast, then the helper functions, then the user's script.
 */
export const bashFiles: MakeFiles = ({ text, path, folder, mark }, variables) => {
  const plain = variables.plain().filter(({ value }) => !value.includes('\0'))
  const cases = plain.map(one => `${quote(one.name)}) __slipway_value=${quote(one.value)};;`)
  const array = text.includes('octopus_parameters')
    ? `declare -A octopus_parameters=(${plain
        .map(one => `[${quote(one.name)}]=${quote(one.value)}`)
        .join('\n')})\n`
    : ''
  return {
    files: {
      'Bootstrap.sh': `__slipway_find() {
__slipway_value=
case "$1" in
${cases.join('\n')}
*) return 1;;
esac
}
${array}__slipway_mark=${quote(mark)}
${BASH_HELPERS}
. ${quote(path)} "$@"
`,
    },
    program: 'bash',
    args: [join(folder, 'Bootstrap.sh')],
  }
}
