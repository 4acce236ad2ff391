const { join } = require('node:path')

/** The published live tests of the TypeScript client, as they are in the package. */
module.exports = {
  rootDir: join(__dirname, '../../node_modules/@octopusdeploy/api-client/dist'),
  transform: {},
  testEnvironment: 'node',
  testRegex:
    '(buildInformation|packageRepository|capability|deploymentRepository|releaseRepository|serverTaskWaiter).*\\.test\\.js$',
  testPathIgnorePatterns: [],
  haste: { retainAllFiles: true },
}
