import { createContext, useContext } from 'hono/jsx'

export type Theme = 'light' | 'dark' | 'system'

export type Flash = { kind: 'success' | 'error' | 'info'; message: string }

/** What every page knows about the request it answers. The route fills it once. */
export type Frame = {
  /** Absent while signed out: the page then has neither rail nor user menu. */
  user?: { name: string } | undefined
  spaceName: string
  theme: Theme
  /** The session's token; every form carries it. */
  csrf: string
  /** Epoch milliseconds, for relative times. */
  now: number
  /** Path and query of this page: where the theme switch returns to, what a live region asks for. */
  path: string
  flash?: Flash | undefined
  /** Tasks that run or wait now; shown beside Tasks in the rail. */
  activeTasks?: number | undefined
}

/** Name of the form field that carries {@link Frame.csrf}. */
export const CSRF_FIELD = '_csrf'

const nobody: Frame = { spaceName: '', theme: 'system', csrf: '', now: 0, path: '/' }

const FrameContext = createContext<Frame>(nobody)

/** Pages get it from `Page`; a route that answers a bare fragment wraps it in this. */
export const FrameProvider = FrameContext.Provider

export const useFrame = (): Frame => useContext(FrameContext)
