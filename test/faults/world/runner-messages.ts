import type { Passage } from './link.ts'

export type Kind = 'nonce' | 'session' | 'poll' | 'claim' | 'log' | 'complete' | 'other'

/** Which message of the protocol this is. */
export const kindOf = ({ path }: Pick<Passage, 'path'>): Kind => {
  const [, , version, area, , verb] = path.split('?')[0]?.split('/') ?? []
  if (version !== 'v1') return 'other'
  if (area === 'poll') return 'poll'
  if (verb === 'nonce' || verb === 'session') return verb
  if (verb === 'claim' || verb === 'log' || verb === 'complete') return verb
  return 'other'
}

/** `Deployments-12` of a message about one of its attempts. */
export const deploymentIn = ({ path }: Pick<Passage, 'path'>): string =>
  decodeURIComponent(path.split('/')[4] ?? '').split(':')[0] ?? ''
