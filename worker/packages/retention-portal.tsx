import type { FormState } from '../../ui/components/form.tsx'
import { links } from '../../ui/links.ts'
import { RetentionPage } from '../../ui/packages/retention-page.tsx'
import { permits } from '../access/authorization.ts'
import { confirmation, type Question } from '../http/confirmation.tsx'
import { action, type PageCall, page, seeOther } from '../http/page.tsx'
import { fresh, orAgain, pageIn } from '../http/portal-form.ts'
import { invalid, notFound } from '../http/problem.ts'
import type { Route } from '../http/route.ts'
import { type FeedRow, feedResource } from './feed.ts'
import { updateFeedSettings } from './feed-commands.ts'
import { getFeed } from './feed-store.ts'
import { parseDays, previewRetention } from './retention.ts'
import { runRetention } from './retention-commands.ts'
import { builtInFeedId } from './store.ts'

/** What a policy is looked at with while there is none. */
const USUAL_DAYS = 30

const builtInFeed = async ({ db, space }: PageCall): Promise<FeedRow> =>
  getFeed(db, space.id, await builtInFeedId(db, space.id))

const policyOf = (feed: FeedRow): number | undefined => {
  const { DeleteUnreleasedPackagesAfterDays: days } = feedResource(feed) as Record<string, unknown>
  return typeof days === 'number' ? days : undefined
}

const show = async (call: PageCall, form?: FormState) => {
  const policyDays = policyOf(await builtInFeed(call))
  const days = parseDays(
    call.query.integer('days', policyDays ?? USUAL_DAYS, { min: 1, max: 36_500 }),
  )
  const { page: part, paging } = pageIn(call.query)
  const report = await previewRetention(call.db, call.space.id, days, call.now, part)
  return (
    <RetentionPage
      frame={call.frame}
      form={form ?? fresh({ policy: String(policyDays ?? '') })}
      policyDays={policyDays}
      days={days}
      packages={report.packages}
      bytes={report.bytes}
      kept={{ ...report.kept, younger: report.younger }}
      paging={paging(report.total)}
      mayEdit={permits(call.principal, 'FeedEdit', { spaceId: call.space.id })}
      mayDelete={permits(call.principal, 'BuiltInFeedAdminister', { spaceId: call.space.id })}
    />
  )
}

const save = (call: PageCall) =>
  orAgain(
    call.form,
    async () => {
      // Empty is a policy; a form without the field is none of ours.
      if (call.form.values.policy === undefined) throw invalid('How many days is not said.')
      const text = call.form.text('policy').trim()
      const days = text === '' ? null : parseDays(Number(text))
      const feed = await builtInFeed(call)
      await updateFeedSettings(call, feed, {
        ...(feedResource(feed) as Record<string, unknown>),
        Name: feed.name,
        FeedType: 'BuiltIn',
        DeleteUnreleasedPackagesAfterDays: days,
      })
      return seeOther(links.packageRetention, {
        kind: 'success',
        message: days === null ? 'Every version is kept.' : 'The policy was saved.',
      })
    },
    form => show(call, form),
    { '': 'policy' },
  )

/** In an address there is a number of days, or no such page. */
const daysOf = ({ params }: PageCall): number => {
  const days = params.days ?? ''
  if (!/^[1-9]\d{0,4}$/.test(days)) throw notFound(days)
  return parseDays(Number(days))
}

const toRun = async (call: PageCall): Promise<Question> => {
  const days = daysOf(call)
  const { total } = await previewRetention(call.db, call.space.id, days, call.now, {
    skip: 0,
    take: 1,
  })
  return {
    section: 'library',
    crumbs: [
      { href: links.library, title: 'Library' },
      { href: links.packages, title: 'Packages' },
      { href: links.packageRetention, title: 'Retention' },
    ],
    title: `Delete ${total.toLocaleString('en')} unused ${total === 1 ? 'version' : 'versions'}?`,
    consequence: `They are older than ${days} days and no release uses them. New releases cannot choose them any more. At most 5,000 are deleted at once.`,
    verb: 'Delete unused versions',
    back: links.packageRetention,
  }
}

const run = async (call: PageCall) => {
  const { deleted, isMoreLeft } = await runRetention(call, call.space.id, daysOf(call))
  return seeOther(links.packageRetention, {
    kind: 'success',
    message: `${deleted.toLocaleString('en')} ${deleted === 1 ? 'version was' : 'versions were'} deleted.${isMoreLeft ? ' There are more.' : ''}`,
  })
}

/** Declared before `packages/{id}`. */
export const retentionPages: Route[] = [
  page({
    path: '/library/packages/retention',
    permission: 'FeedView',
    handler: call => show(call),
  }),
  action({ path: '/library/packages/retention', permission: 'FeedEdit', handler: save }),
  ...confirmation({
    path: '/library/packages/retention/{days}/run',
    permission: 'BuiltInFeedAdminister',
    ask: toRun,
    deed: run,
  }),
]
