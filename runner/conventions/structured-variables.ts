import { type Convention, hasFeature } from './deployment.ts'

/** Values by path in JSON, YAML, XML and properties files. */
export const replaceStructuredVariables: Convention = async deployment => {
  if (!hasFeature(deployment, 'Octopus.Features.JsonConfigurationVariables')) return
  deployment.log.say('warning', 'Structured configuration variables are not supported yet.')
}
