import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { ensure, type Fault } from '../fault.ts'
import { bytesOf, collectLog } from '../world/log-bytes.ts'
import { taskPage } from '../world/pages.ts'

export const fault: Fault = {
  id: 'F15',
  title: 'random binary, NUL, broken UTF-8 and lone surrogates',
  by: 'script',
  isQuick: true,
  run: async context => {
    const world = await context.world()
    const records = collectLog(world)
    const file = world.file('binary')
    const odd = Buffer.from([
      0, 1, 7, 0x0a, 0xff, 0xfe, 0x0a, 0xed, 0xa0, 0x80, 0x0a, 0xf0, 0x9f, 0x98, 0x0a, 0xc3, 0x0a,
      0x5c, 0x78, 0x30, 0x30, 0x0a, 0xc0, 0x80, 0x0a, 0xf4, 0x90, 0x80, 0x80, 0x0a,
    ])
    const size = context.rounds(2_000_000, 200_000)
    // What looks like the runner's own messages is not output; nothing else may be taken for it.
    const random = randomBytes(size).toString('latin1').replaceAll('##', '#-').replaceAll('\r', '?')
    const written = Buffer.concat([odd, Buffer.from(random, 'latin1'), Buffer.from('\n')])
    writeFileSync(file, written)
    const deployed = await world.run(`cat '${file}'; say`)
    const task = await world.end(deployed)
    ensure(task.State === 'Success', `it ended ${task.State}: ${task.ErrorMessage}`)
    const output = records(deployed.id).filter(({ level }) => level === 'info')
    const seen = bytesOf(output)
    const at = seen.indexOf(odd.subarray(0, 3))
    ensure(at >= 0, 'the first bytes are not to be found')
    const kept = seen.subarray(at, at + written.length)
    const differs = written.findIndex((byte, index) => kept[index] !== byte)
    ensure(
      differs === -1,
      `byte ${differs} of ${written.length} is ${kept[differs]}, not ${written[differs]}: ${JSON.stringify(
        [written.subarray(differs - 5, differs + 8), kept.subarray(differs - 5, differs + 8)].map(
          bytes => bytes.toString('latin1'),
        ),
      )}`,
    )
    const page = await taskPage(world, deployed)
    ensure(page.status === 200, `the page answers ${page.status}`)
    ensure(!page.html.includes('\0'), 'the page has a NUL')
    context.figure('bytes recovered', written.length, 'bytes')
  },
}
