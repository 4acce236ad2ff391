import type { Child } from 'hono/jsx'
import { useFrame } from '../frame.tsx'

/** A part of the page that asks for itself again. The route answers the same page; htmx takes this id
 *  out of it and morphs, so what has not changed is not touched. When nothing can change any more
 *  render it with `every={0}`: then it carries no trigger and polling ends. */
export const LiveRegion = (props: {
  id: string
  /** Seconds between two questions; 0 ends them. */
  every: number
  class?: string
  children?: Child
}) => {
  const { path } = useFrame()
  const poll =
    props.every > 0
      ? {
          'hx-get': path,
          'hx-trigger': `every ${props.every}s`,
          'hx-ext': 'morph',
          'hx-swap': 'morph:outerHTML',
          'hx-select': `#${props.id}`,
          'hx-target': 'this',
          'data-poll': '',
        }
      : {}
  return (
    <div id={props.id} class={props.class ?? 'live'} {...poll}>
      {props.children}
    </div>
  )
}

/** A list that changes by itself: every 15 s, or 5 s where tasks move. */
export const PollTable = (props: { id: string; every?: 5 | 15 | 0; children?: Child }) => (
  <LiveRegion id={props.id} every={props.every ?? 15} class="live poll-table">
    {props.children}
  </LiveRegion>
)

/** One connection that streams events of the server into the parts below it; `until` is the event that ends it. */
export const EventStream = (props: {
  url: string
  until: string
  id?: string
  class?: string
  children?: Child
}) => (
  <div
    class={props.class ?? ''}
    {...(props.id ? { id: props.id } : {})}
    hx-ext="sse,morph"
    sse-connect={props.url}
    sse-close={props.until}
    data-stream
  >
    {props.children}
  </div>
)
