import { Version } from '../components/chips.tsx'
import { Heading } from '../components/heading.tsx'
import { EventStream } from '../components/live.tsx'
import type { Frame } from '../frame.tsx'
import type {
  AnsweredInterruption,
  ShownInterruption,
} from '../interruptions/interruption-panel.tsx'
import { Page } from '../layout.tsx'
import { links } from '../links.ts'
import { type Artifact, Artifacts } from './artifacts.tsx'
import { type DeploymentHead, DeploymentHeader } from './header.tsx'
import { LogView, type LogViewProps } from './log.tsx'
import { Questions } from './questions.tsx'
import { StepTree, type TreeStep } from './step-tree.tsx'

export type DeploymentPageProps = {
  frame: Frame
  head: DeploymentHead
  steps: TreeStep[]
  /** The step whose lines are shown; absent: all. */
  chosenStep?: string | undefined
  /** Questions that wait for an answer, and those that had one. */
  questions?: { pending: ShownInterruption[]; answered: AnsweredInterruption[] } | undefined
  artifacts?: Artifact[] | undefined
  log: Omit<LogViewProps, 'deploymentId' | 'running' | 'failed'>
  /** Queued or running: where the event stream is that the page follows. */
  live?: { url: string } | undefined
}

/** Events of the stream: `log` (rows), `tree`, `header`, `questions` and `artifacts` (their insides),
 *  `end`. */
export const DeploymentPage = (props: DeploymentPageProps) => {
  const { frame, head, live } = props
  const isMine = props.questions?.pending.some(({ responsible }) => responsible?.isYou)
  const body = <Body {...props} />
  return (
    <Page
      frame={frame}
      title={`${head.project.name} ${head.release.version} to ${head.environment.name}`}
      section="tasks"
      wide
      head={
        live &&
        // What somebody is writing must not go away under their hands.
        !isMine && (
          <noscript>
            <meta http-equiv="refresh" content="5" />
          </noscript>
        )
      }
    >
      {live ? (
        <EventStream id={`stream-${head.id}`} url={live.url} until="end">
          {body}
        </EventStream>
      ) : (
        body
      )}
    </Page>
  )
}

const NONE = { pending: [], answered: [] }

const Body = (props: DeploymentPageProps) => {
  const { head } = props
  const swap = (event: string) =>
    props.live ? { 'sse-swap': event, 'hx-swap': 'morph:innerHTML' } : {}
  return (
    <>
      <Heading
        title={
          <>
            {head.project.name} <Version>{head.release.version}</Version>{' '}
            <span class="deployment-to">to {head.environment.name}</span>
          </>
        }
        crumbs={[
          { href: links.project(head.project.id), title: head.project.name },
          { href: links.release(head.release.id), title: head.release.version },
        ]}
      />
      <div id="deployment-header" {...swap('header')}>
        <DeploymentHeader head={head} />
      </div>
      <div id="questions" {...swap('questions')}>
        <Questions {...(props.questions ?? NONE)} />
      </div>
      <div class="deployment">
        <aside class="deployment-steps" aria-label="Steps">
          <div id="step-tree" {...swap('tree')}>
            <StepTree steps={props.steps} chosen={props.chosenStep} />
          </div>
          <div id="artifacts" {...swap('artifacts')}>
            <Artifacts artifacts={props.artifacts ?? []} />
          </div>
          <p class="small">
            <a class="link" href={links.deploymentOutputs(head.id)}>
              Output variables
            </a>
          </p>
        </aside>
        <LogView
          {...props.log}
          deploymentId={head.id}
          running={props.live !== undefined}
          failed={head.status === 'failed'}
        />
      </div>
    </>
  )
}
