import { type Convention, hasFeature } from './deployment.ts'

/** .NET configuration: transforms first, then appSettings, connection strings and settings. */
export const transformConfiguration: Convention = async deployment => {
  const features = ['ConfigurationTransforms', 'ConfigurationVariables']
  for (const feature of features.filter(name => hasFeature(deployment, `Octopus.Features.${name}`)))
    deployment.log.say('warning', `The feature ${feature} is not supported yet.`)
}
