// Stands in for runner/identity.ts: keys and signatures are no part of the model.
export * from '../../../runner/identity.ts'

export const openKey = () => ({})
export const publicKeyOf = () => 'key'
export const signSession = () => 'A'.repeat(86)
export const saveIdentity = () => undefined
export const loadIdentity = () => undefined
