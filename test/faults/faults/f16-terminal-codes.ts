import { ensure, type Fault } from '../fault.ts'
import { collectLog } from '../world/log-bytes.ts'
import { taskPage } from '../world/pages.ts'

const ESC = '\u001b'
const HOSTILE = [
  `${ESC}]0;a title${ESC}\\`,
  `${ESC}]8;;javascript:alert(1)${ESC}\\click${ESC}]8;;${ESC}\\`,
  `${ESC}[2J${ESC}[H${ESC}[31mred${ESC}[0m`,
  '<script>alert(1)</script><img src=x onerror=alert(1)>',
  '\u202egnitpecca\u202c',
]

export const fault: Fault = {
  id: 'F16',
  title: 'ANSI and OSC sequences and progress bars of carriage returns',
  by: 'script',
  isQuick: true,
  run: async context => {
    const world = await context.world()
    const records = collectLog(world)
    const print = HOSTILE.map(text => `printf '%s\\n' '${text.replaceAll("'", "'\\''")}'`).join(
      '\n',
    )
    const bar = "for i in 10 50 100; do printf '\\r%d%%' $i; done; printf '\\n'"
    const deployed = await world.run(`${print}\n${bar}\nsay`)
    const task = await world.end(deployed)
    ensure(task.State === 'Success', `it ended ${task.State}: ${task.ErrorMessage}`)
    const stored = records(deployed.id).map(({ text }) => text)
    for (const text of HOSTILE)
      ensure(stored.includes(text), `not stored as sent: ${JSON.stringify(text)}`)
    ensure(
      stored.some(text => text.includes('100%')),
      `the progress bar is lost: ${JSON.stringify(stored)}`,
    )
    const page = await taskPage(world, deployed)
    ensure(page.status === 200, `the page answers ${page.status}`)
    ensure(!page.html.includes(ESC), 'the page has an escape character')
    ensure(!page.html.includes('<script>alert(1)'), 'the page has the script')
    ensure(!page.html.includes('<img src=x'), 'the page has the picture')
    ensure(!/href="javascript:/i.test(page.html), 'the page has the link')
    context.figure('sequences', HOSTILE.length, 'sequences')
  },
}
