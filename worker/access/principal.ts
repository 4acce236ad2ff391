/** One role held through a team: where, and narrowed to what; an empty list is no limit. */
export type RoleGrant = {
  roleId: string
  /** null: in every space, and for what belongs to no space. */
  spaceId: string | null
  projectIds: string[]
  environmentIds: string[]
}

export type User = {
  kind: 'user'
  id: string
  username: string
  displayName: string
  email: string
  isService: boolean
  grants: RoleGrant[]
  establishedWith: 'API key' | 'Access token' | 'Session' | 'Host'
  /** Of an API key or access token that ends; what it creates ends no later. Epoch milliseconds. */
  credentialExpiresAt?: number
  /** Only with a session: what unsafe requests must repeat. */
  csrfToken?: string
  sessionIdHash?: string
}

export type Principal = User | { kind: 'anonymous' }
