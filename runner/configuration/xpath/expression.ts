/** What a path means, as plain values. */
export type Expression =
  | { kind: 'literal'; value: string }
  | { kind: 'number'; value: number }
  | { kind: 'call'; name: string; arguments: Expression[] }
  | { kind: 'binary'; operator: string; left: Expression; right: Expression }
  | { kind: 'negative'; operand: Expression }
  | { kind: 'list'; items: Expression[] }
  | { kind: 'path'; start: 'root' | 'context' | Expression; steps: Step[] }

export type Step =
  | { kind: 'axis'; axis: Axis; test: NodeTest; predicates: Expression[] }
  | { kind: 'expression'; expression: Expression; predicates: Expression[] }

export type Axis = (typeof AXES)[number]

export const AXES = [
  'ancestor',
  'ancestor-or-self',
  'attribute',
  'child',
  'descendant',
  'descendant-or-self',
  'following',
  'following-sibling',
  'parent',
  'preceding',
  'preceding-sibling',
  'self',
] as const

/** `undefined` stands for any. */
export type NodeTest =
  | { kind: 'name'; namespace: string | undefined; local: string | undefined }
  | { kind: 'type'; type: 'node' | 'text' | 'comment' | 'instruction'; target?: string }
