import 'typed-htmx'

declare module 'hono/jsx' {
  namespace JSX {
    interface HTMLAttributes extends Omit<HtmxAttributes, 'children'> {}
  }
}
