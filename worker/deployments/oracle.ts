import type { Execution } from './execution-state.ts'

export type OraclePlace = { step: number; lane: number | null; action: number | null }

/** What the machine cannot know by itself, since it holds no variables. Asked when a step or action
 *  is about to begin; must give the same answer for the same state. */
export type Oracle = {
  /** Whether the condition's expression of a step, or of an action in a lane, holds. */
  holds(execution: Execution, at: OraclePlace): { holds: boolean; why: string | null }
  /** A template as it reads there. */
  text(execution: Execution, at: OraclePlace, template: string): string
}
