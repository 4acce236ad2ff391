import type { Frame } from '../frame.tsx'
import { Page } from '../layout.tsx'
import { links } from '../links.ts'
import { ButtonLink } from './button.tsx'
import { Icon } from './icon.tsx'

export type ProblemPageProps = {
  frame: Frame
  status: number
  message: string
  /** Only for defects: what the operator finds in the server's log. */
  requestId?: string | undefined
}

const titles: Record<number, string> = {
  400: 'That did not work',
  401: 'Please sign in',
  403: 'You may not do this',
  404: 'There is nothing here',
  409: 'Something else was faster',
  413: 'That is too large',
  422: 'That did not work',
  429: 'Too many attempts',
  503: 'Not available right now',
}

export const ProblemPage = ({ frame, status, message, requestId }: ProblemPageProps) => {
  const title = titles[status] ?? 'Something went wrong on our side'
  return (
    <Page frame={frame} title={title}>
      <div class="problem">
        <span class="problem-status">
          <Icon name="failed" />
          {status}
        </span>
        <h1>{title}</h1>
        <p>{message}</p>
        {requestId && (
          <p class="faint">
            The server's log has the details under request <code>{requestId}</code>.
          </p>
        )}
        <div class="actions">
          {status === 401 ? (
            <ButtonLink href={links.signIn(frame.path)} look="primary">
              Sign in
            </ButtonLink>
          ) : (
            <ButtonLink href={links.home} look="primary">
              Go to the dashboard
            </ButtonLink>
          )}
        </div>
      </div>
    </Page>
  )
}
