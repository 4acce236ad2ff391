import { ButtonLink } from '../components/button.tsx'
import { ErrorSummary, type FormState, filled } from '../components/form.tsx'
import { Heading } from '../components/heading.tsx'
import type { Frame } from '../frame.tsx'
import { Page } from '../layout.tsx'
import { links } from '../links.ts'
import {
  type AnsweredInterruption,
  AnsweredInterruptions,
  InterruptionPanel,
  type ShownInterruption,
} from './interruption-panel.tsx'

export type InterruptionPageProps = {
  frame: Frame
  deployment: { id: string; description: string }
  /** Absent once it is answered. */
  pending?: ShownInterruption | undefined
  answered: AnsweredInterruption[]
  form?: FormState | undefined
}

/** One question alone: what a link in a message leads to, and where a refused answer is shown again. */
export const InterruptionPage = (props: InterruptionPageProps) => {
  const { frame, deployment, pending, answered, form } = props
  return (
    <Page frame={frame} title={pending?.title ?? answered[0]?.title ?? 'Question'} section="tasks">
      <div class="column stack">
        <Heading
          title={deployment.description}
          crumbs={[
            { href: links.tasks, title: 'Tasks' },
            { href: links.deployment(deployment.id), title: deployment.description },
          ]}
        />
        <ErrorSummary form={form ?? filled()} title="Not answered." />
        {pending ? (
          <InterruptionPanel interruption={pending} form={form} />
        ) : (
          <p>This question is not open any more.</p>
        )}
        <AnsweredInterruptions answered={answered} />
        <div class="actions">
          <ButtonLink href={links.deployment(deployment.id)}>To the deployment</ButtonLink>
        </div>
      </div>
    </Page>
  )
}
