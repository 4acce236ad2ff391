import { formatClock, formatInstant } from '../components/format.ts'
import { Icon } from '../components/icon.tsx'
import { useFrame } from '../frame.tsx'
import { links, withoutPlace, withQuery } from '../links.ts'
import { parseAnsi } from './ansi.ts'

export type LogLevel = 'verbose' | 'info' | 'highlight' | 'wait' | 'warning' | 'error' | 'fatal'

export type LogLine = {
  /** Counts from 1 in the whole log of the deployment; `#L120` leads to it. */
  number: number
  at: number
  level: LogLevel
  text: string
  /** Which target (or step) says it. */
  source?: string | undefined
}

/** Which lines are asked for: all, without the verbose ones, or only what went wrong. */
export type LogFilter = 'all' | 'info' | 'warning' | 'error'

/** Rows as the page and the event stream send them. */
export const LogLines = ({ lines, leftOut = 0 }: { lines: LogLine[]; leftOut?: number }) => (
  <>
    {leftOut > 0 && (
      <li class="log-gap">{leftOut} lines came too fast to be shown here; the raw log has them.</li>
    )}
    {lines.map(line => (
      <Line line={line} />
    ))}
  </>
)

const Line = ({ line }: { line: LogLine }) => (
  <li id={`L${line.number}`} class={`log-line log-${line.level}`}>
    <a class="log-number" href={`#L${line.number}`} aria-label={`Line ${line.number}`}>
      {line.number}
    </a>
    <time
      class="log-time"
      datetime={new Date(line.at).toISOString()}
      title={formatInstant(line.at)}
    >
      {formatClock(line.at).slice(0, 8)}
    </time>
    <span class="log-source">{line.source ?? ''}</span>
    <span class="log-text">
      {line.level !== 'info' && line.level !== 'verbose' && (
        <span class="hidden">{line.level}: </span>
      )}
      {parseAnsi(line.text).map(({ text, classes }) =>
        classes.length > 0 ? <span class={classes.join(' ')}>{text}</span> : text,
      )}
    </span>
  </li>
)

export type LogViewProps = {
  deploymentId: string
  /** At most the last thousand of those asked for. */
  lines: LogLine[]
  /** Where the lines before the first shown one are. */
  earlier?: { href: string; count: number } | undefined
  /** There are lines after the last shown one. */
  hasLater?: boolean | undefined
  filter: LogFilter
  running: boolean
  failed: boolean
  /** Shown instead of an empty log. */
  note?: string | undefined
}

const filters: { value: LogFilter; title: string }[] = [
  { value: 'all', title: 'Everything' },
  { value: 'info', title: 'Without verbose' },
  { value: 'warning', title: 'Warnings and errors' },
  { value: 'error', title: 'Errors' },
]

export const LogView = (props: LogViewProps) => {
  const { path } = useFrame()
  return (
    <section class="log" aria-label="Log">
      <div class="log-bar">
        <nav class="log-filter" aria-label="Lines shown">
          {filters.map(({ value, title }) => (
            <a
              href={withQuery(withoutPlace(path), 'level', value === 'info' ? undefined : value)}
              {...(value === props.filter ? { 'aria-current': 'true' } : {})}
            >
              {title}
            </a>
          ))}
        </nav>
        <span class="log-tools">
          <span
            id="log-connection"
            class="log-connection"
            data-state={props.running ? 'waiting' : 'ended'}
          >
            <span id="log-connection-word">{props.running ? 'Running' : 'Ended'}</span>
          </span>
          <button
            id="log-next-error"
            class="button button-quiet button-small needs-js"
            type="button"
            data-hotkey="e"
          >
            Next error
          </button>
          {props.running && (
            <button
              id="log-follow"
              class="button button-plain button-small needs-js"
              type="button"
              aria-pressed="false"
              data-hotkey="f"
            >
              Follow
            </button>
          )}
          <a
            class="button button-quiet button-small"
            href={links.deploymentLog(props.deploymentId)}
            download={`${props.deploymentId}.log.txt`}
          >
            <Icon name="download" />
            <span>Raw</span>
          </a>
        </span>
      </div>
      <div
        id="log-box"
        class="log-box"
        tabindex={0}
        data-open={props.running ? 'tail' : props.failed ? 'error' : 'top'}
      >
        {props.earlier && (
          <a class="log-earlier" href={props.earlier.href}>
            Show earlier lines ({props.earlier.count} before these)
          </a>
        )}
        {props.lines.length === 0 && <p class="log-note">{props.note ?? 'No lines yet.'}</p>}
        <ol
          id="log"
          class="log-lines"
          {...(props.running ? { 'sse-swap': 'log', 'hx-swap': 'beforeend settle:0ms' } : {})}
        >
          <LogLines lines={props.lines} />
        </ol>
        {props.hasLater && (
          <a class="log-earlier" href={withoutPlace(path)}>
            Show the newest lines
          </a>
        )}
        <button
          id="log-latest"
          class="button button-primary button-small log-latest"
          type="button"
          hidden
        >
          Jump to latest
        </button>
      </div>
    </section>
  )
}
