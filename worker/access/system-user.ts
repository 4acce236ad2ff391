import type { User } from './principal.ts'

/** In whose name the product itself acts, as the record shows it. It may do nothing by request. */
export const SYSTEM: User = {
  kind: 'user',
  id: 'users-system',
  username: 'system',
  displayName: 'System',
  email: '',
  isService: true,
  grants: [],
  establishedWith: 'Host',
}
