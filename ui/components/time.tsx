import { useFrame } from '../frame.tsx'
import { formatDuration, formatInstant, formatRelative } from './format.ts'

/** An instant, relative in the page and exact in its title. `at` in epoch milliseconds. */
export const Time = ({ at, none = '–' }: { at: number | undefined | null; none?: string }) => {
  const { now } = useFrame()
  if (at === undefined || at === null) return <span class="faint">{none}</span>
  return (
    <time datetime={new Date(at).toISOString()} title={formatInstant(at)} data-relative>
      {formatRelative(at, now)}
    </time>
  )
}

/** How long something took, or has been going on when `endedAt` is missing. */
export const Duration = (props: {
  startedAt: number | undefined | null
  endedAt?: number | undefined | null
}) => {
  const { now } = useFrame()
  if (props.startedAt === undefined || props.startedAt === null) return <span class="faint">–</span>
  const ms = (props.endedAt ?? now) - props.startedAt
  return (
    <span class="duration" {...(props.endedAt ? {} : { 'data-since': String(props.startedAt) })}>
      {formatDuration(ms)}
    </span>
  )
}
