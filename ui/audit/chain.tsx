import { Banner } from '../components/banner.tsx'
import { ButtonLink } from '../components/button.tsx'
import { links } from '../links.ts'

/** What the page says of the chain that ties the rows of the record together. */
export type ChainState =
  | { type: 'unchecked'; sealedUpTo: number; total: number }
  | { type: 'underway'; upTo: number; total: number }
  | { type: 'verified'; upTo: number; total: number; unsealed: number; missingGuards: number }
  | { type: 'broken'; sequence: number; message: string; goodUpTo: number }

/** Asks for its next part by itself until the walk has ended; without scripts by a link. */
export const Chain = ({ chain }: { chain: ChainState }) => (
  <div
    id="chain"
    class="chain"
    {...(chain.type === 'underway'
      ? {
          'hx-get': links.auditVerify(chain.upTo),
          'hx-trigger': 'load, every 10s',
          'hx-select': '#chain',
          'hx-swap': 'outerHTML',
          'hx-target': 'this',
          'data-poll': '',
        }
      : {})}
  >
    <Told chain={chain} />
  </div>
)

const Told = ({ chain }: { chain: ChainState }) => {
  if (chain.type === 'broken')
    return (
      <Banner kind="error" title="The record was tampered with.">
        {chain.message}{' '}
        {chain.goodUpTo === 0
          ? 'No row before it is good.'
          : `All rows up to ${id(chain.goodUpTo)} are good.`}{' '}
        Compare the database with a backup before you trust what comes after.
      </Banner>
    )
  if (chain.type === 'underway')
    return (
      <p class="chain-line" role="status">
        <progress
          value={chain.upTo}
          max={Math.max(chain.total, chain.upTo)}
          aria-label="Rows verified"
        />
        <span>
          {chain.upTo.toLocaleString('en')} of {rows(chain.total)} verified.
        </span>
        <ButtonLink href={links.auditVerify(chain.upTo)} small>
          Go on
        </ButtonLink>
      </p>
    )
  return (
    <p class="chain-line" role="status">
      <span>{chain.type === 'verified' ? verifiedWords(chain) : sealedWords(chain)}</span>
      <ButtonLink href={links.auditVerify(0)} small>
        {chain.type === 'verified' ? 'Verify again' : 'Verify the chain'}
      </ButtonLink>
    </p>
  )
}

const verifiedWords = (chain: Extract<ChainState, { type: 'verified' }>): string =>
  [
    chain.total === 0
      ? 'Nothing was recorded yet.'
      : `Chain verified up to ${id(chain.upTo)}, ${rows(chain.total)}.`,
    chain.unsealed > 0 && `${rows(chain.unsealed)} not sealed yet.`,
    chain.missingGuards > 0 &&
      'The database does not keep rows from being changed: triggers are missing.',
  ]
    .filter(text => text !== false)
    .join(' ')

const sealedWords = ({ sealedUpTo, total }: { sealedUpTo: number; total: number }): string =>
  sealedUpTo === 0
    ? `${rows(total)}, none sealed yet.`
    : `${rows(total)}, sealed up to ${id(sealedUpTo)}.`

const id = (sequence: number) => `Events-${sequence}`
const rows = (count: number) => `${count.toLocaleString('en')} ${count === 1 ? 'row' : 'rows'}`
