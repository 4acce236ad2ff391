import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { StepFailure } from '../../runner/actions/action.ts'
import { openHome } from '../../runner/home.ts'
import { Secrets } from '../../runner/log/masker.ts'
import {
  formatServiceMessage,
  parseServiceMessage,
  ServiceMessageScanner,
} from '../../runner/log/service-message.ts'
import { StepLog } from '../../runner/log/step-log.ts'
import { parseRecord } from '../../runner/protocol/log-record.ts'
import { runScriptText } from '../../runner/scripts/run.ts'
import { StepVariables } from '../../runner/variables.ts'
import type { Adapter, Case } from './suite.ts'

/** Topics parse, format, stream and script. */
export const serviceMessages: Adapter = testCase => {
  switch (testCase.topic) {
    case 'parse':
      return parse(testCase.lines as string[])
    case 'format':
      return formatServiceMessage(
        testCase.name as string,
        testCase.properties as Record<string, string | null>,
      )
    case 'stream':
      return stream(testCase)
    case 'script':
      return script(testCase)
    default:
      throw new Error(`unknown topic ${testCase.topic}`)
  }
}

const parse = (lines: string[]) => {
  const scanner = new ServiceMessageScanner()
  const found = [...scanner.write(Buffer.from(`${lines.join('\n')}\n`)), ...scanner.end()]
  return found.flatMap(one => (one.type === 'message' ? [one.message] : []))
}

const stream = ({ lines }: Case) => {
  const masked: string[] = []
  const secrets = new Secrets()
  const add = secrets.add.bind(secrets)
  secrets.add = secret => {
    masked.push(secret)
    add(secret)
  }
  let text = ''
  const log = new StepLog({ secrets, append: records => (text += records), now: () => 0 })
  for (const line of lines as (string | { stderr: string })[]) {
    if (typeof line === 'string') log.write('stdout', Buffer.from(`${line}\n`))
    else log.write('stderr', Buffer.from(`${line.stderr}\n`))
  }
  log.endOfProcess()
  const records = text.split('\n').slice(0, -1).map(parseRecord)
  const progress = records.filter(record => record.progress !== undefined)
  return {
    log: records
      .filter(record => record.progress === undefined)
      .map(record => ({ level: record.level, text: record.text })),
    ...(log.outputs.size > 0 && { variables: [...log.outputs.values()] }),
    ...(log.artifacts.length > 0 && { artifacts: log.artifacts }),
    ...(progress.length > 0 && {
      progress: progress.map(one => ({ percentage: one.progress, message: one.text })),
    }),
    ...(masked.length > 0 && { sensitive: masked }),
    ...(log.resultMessage !== undefined && { resultMessage: log.resultMessage }),
  }
}

const SYNTAX: Record<string, string> = { bash: 'Bash', python: 'Python' }

/** Behind whatever the machine has, a stand-in for the Python that it may lack. */
process.env.PATH += `${delimiter}${join(import.meta.dirname, '../support/bin')}`

const script = async (testCase: Case) => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'slipway-script-')))
  const dir = join(root, 'dir')
  const home = openHome(root)
  mkdirSync(dir)
  writeFileSync(join(dir, 'note.txt'), 'hello')
  let output = ''
  const log = new StepLog({ secrets: new Secrets(), append: () => {}, now: () => 0 })
  log.write = (stream, chunk) => {
    if (stream === 'stdout') output += chunk
  }
  const properties = testCase.variables as Record<string, string>
  const grant = { attempt: 'Deployments-1:1', cancelGraceMs: 0, properties, variables: [] }
  let exitCode: number | null = 0
  try {
    await runScriptText(
      {
        grant: grant as never,
        home,
        work: join(root, 'work'),
        variables: new StepVariables(grant),
        log,
        stop: new AbortController().signal,
      },
      {
        syntax: SYNTAX[testCase.language as string] as string,
        text: testCase.script as string,
        folder: dir,
      },
    )
  } catch (error) {
    if (!(error instanceof StepFailure)) throw error
    exitCode = error.exitCode
  } finally {
    rmSync(root, { recursive: true })
  }
  const lines = output.split('\n').slice(0, -1)
  return {
    lines: lines.map(line => {
      const message = parseServiceMessage(line)
      if (!message) return { text: line.replaceAll(dir, '{dir}') }
      const entries = Object.entries(message.properties)
      return {
        message: message.name,
        properties: Object.fromEntries(
          entries.map(([key, value]) => [key, value.replaceAll(dir, '{dir}')]),
        ),
      }
    }),
    exitCode,
  }
}
