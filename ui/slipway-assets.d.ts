/** Logical file name (`slipway.css`) → the URL it is served under, with its content hash. Written by the build. */
declare module 'slipway:assets' {
  const urls: Record<string, string>
  export default urls
}
