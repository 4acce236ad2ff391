/** One exchange in the source of a module; `find` must be there exactly once. */
export type Patch = { find: string; replace: string }

export type Mutant = { name: string; file: string } & Patch

export const MUTANTS: Mutant[] = []
