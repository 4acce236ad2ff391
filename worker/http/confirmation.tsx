import { ConfirmPage, type ConfirmPageProps } from '../../ui/components/confirm-page.tsx'
import { action, type PageCall, page } from './page.tsx'
import { fresh, orAgain } from './portal-form.ts'
import type { Requirement, Route } from './route.ts'

/** All that its page says; the form leads back to the page's own address. */
export type Question = Omit<ConfirmPageProps, 'frame' | 'action' | 'form'>

type Declaration = {
  path: string
  permission: Exclude<Requirement, 'public'>
  /** Finds what the address names. @throws Problem `not_found` */
  ask: (call: PageCall) => Question | Promise<Question>
  /** Once it was confirmed; what refuses it is said on the page that asked. */
  deed: (call: PageCall) => Promise<Response>
}

/** What cannot be undone has a page that asks first, and a form there that does it. */
export const confirmation = ({ path, permission, ask, deed }: Declaration): Route[] => {
  const asked = async (call: PageCall, form = fresh()) => (
    <ConfirmPage
      frame={call.frame}
      action={new URL(call.request.url).pathname}
      form={form}
      {...(await ask(call))}
    />
  )
  return [
    page({ path, permission, handler: call => asked(call) }),
    action({
      path,
      permission,
      handler: call =>
        orAgain(
          call.form,
          () => deed(call),
          form => asked(call, form),
        ),
    }),
  ]
}
