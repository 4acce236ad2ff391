import type { ServiceMessage } from './service-message.ts'

type Properties = Record<string, string | undefined>

/** What a script may ask of the server besides its outputs, and which property names its object. */
const REQUESTS: Readonly<Record<string, { asks: string; property: string }>> = {
  createStepPackageTarget: { asks: 'create the target', property: 'name' },
  'create-kubernetestarget': { asks: 'create the Kubernetes target', property: 'name' },
  'create-azurewebapptarget': { asks: 'create the Azure web app target', property: 'name' },
  'create-azureservicefabrictarget': { asks: 'create the Service Fabric target', property: 'name' },
  'delete-target': { asks: 'delete the target', property: 'machine' },
  'create-tokenaccount': { asks: 'create the account', property: 'name' },
  'create-userpassaccount': { asks: 'create the account', property: 'name' },
  'create-awsaccount': { asks: 'create the account', property: 'name' },
  'create-azureaccount': { asks: 'create the account', property: 'name' },
}

const MAX_NAME = 200

/** In words what a message asks the server to change; `undefined` of a message that asks nothing of
 *  the kind. Such a message may come from text a script merely repeats, so it is told, never obeyed
 *  here: values other than the name may be secrets and are left out. */
export const describeRequest = ({ name, properties }: ServiceMessage): string | undefined => {
  const request = Object.hasOwn(REQUESTS, name) ? REQUESTS[name] : undefined
  if (!request) return undefined
  const object = (properties as Properties)[request.property]?.slice(0, MAX_NAME)
  const roles = (properties as Properties).octopusRoles ?? (properties as Properties).roles
  const tags = roles ? ` with the tags ${roles.slice(0, MAX_NAME)}` : ''
  return `The script asks to ${request.asks} ${object || 'without a name'}${tags}. Scripts cannot change the infrastructure here; do it in the portal or by the API.`
}
