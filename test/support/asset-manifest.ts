/** What the build makes of the assets' names, for tests that render pages without a build. */
export default {
  'slipway.css': '/assets/slipway.css',
  'portal.js': '/assets/portal.js',
  'icons.svg': '/assets/icons.svg',
} as Record<string, string>
