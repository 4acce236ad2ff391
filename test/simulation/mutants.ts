/** One exchange in the source of a module; `find` must be there exactly once. */
export type Patch = { find: string; replace: string }
type FilePatch = { file: string } & Patch

/** A seeded defect of the product. Where two lines of defence stand behind each other, one of them gone
 *  is no defect yet: both are taken away, and each by itself is held by a unit test. */
export type Mutant = { name: string; also?: FilePatch } & FilePatch

/** What a mutant changes, by file. */
export const patchesOf = ({ file, find, replace, also }: Mutant): Map<string, Patch[]> => {
  const patches = new Map<string, Patch[]>([[file, [{ find, replace }]]])
  if (also) patches.set(also.file, [...(patches.get(also.file) ?? []), also])
  return patches
}

export const MUTANTS: Mutant[] = [
  {
    name: 'no fence check',
    file: 'worker/deployments/report.ts',
    find: 'if (attempt.fence !== fence)',
    replace: 'if (attempt.fence === null)',
  },
  {
    name: 'lease renewed by a stale epoch',
    file: 'worker/deployments/report.ts',
    find: 'if (attempt.epoch !== null && epoch < attempt.epoch)',
    replace: 'if (epoch < 0)',
  },
  {
    name: 'answered before the commit',
    file: 'worker/deployments/live.ts',
    find: '    storeFirst()\n    this.storage.save(decision)',
    replace:
      '    storeFirst()\n    this.background(scheduler.wait(2).then(() => this.storage.save(decision)))',
  },
  {
    name: 'off-by-one offset at the server',
    file: 'worker/deployments/log-store.ts',
    find: 'bytes.subarray(next - offset)',
    replace: 'bytes.subarray(next === offset ? 0 : next - offset - 1)',
  },
  {
    name: 'off-by-one offset at the runner',
    file: 'runner/core/attempts.ts',
    find: 'attempt.acknowledged = Math.max(attempt.acknowledged, event.reply.next)',
    replace: 'attempt.acknowledged = Math.max(attempt.acknowledged, event.reply.next + 1)',
  },
  // The runner sends from where the server is, and the server takes nothing beyond: both go.
  {
    name: 'a gap in the log is sent, and taken',
    file: 'worker/deployments/log-store.ts',
    find: "    const next = this.next(attempt)\n    if (offset > next) return { type: 'gap', next }",
    replace: '    const next = Math.max(offset, this.next(attempt))',
    also: {
      file: 'runner/core/attempts.ts',
      find: 'attempt.acknowledged = Math.max(attempt.acknowledged, event.reply.next)',
      replace: 'attempt.acknowledged = Math.max(attempt.acknowledged, event.reply.next + 7)',
    },
  },
  {
    name: 'target lock removed',
    file: 'worker/runners/locks.ts',
    find: 'if (foreign.length > 0 || ahead.length > 0) {',
    replace: 'if (foreign.length > 99) {',
  },
  {
    name: 'target lock not stored',
    file: 'worker/runners/locks.ts',
    find: 'for (const { target, name, deployment, label, shared } of this.#taken)',
    replace: 'for (const { target, name, deployment, label, shared } of this.#taken.slice(1))',
  },
  {
    name: 'alarm not re-armed',
    file: 'worker/deployments/alarm-clock.ts',
    find: '    if (at === null || (this.#at !== null && this.#at <= at)) return\n',
    replace: '    if (at === null || this.#at === null) return\n',
  },
  {
    name: 'claim not idempotent',
    file: 'worker/deployments/report.ts',
    find: "  const blocker = attempt.state === 'Offered'",
    replace:
      "  if (attempt.state === 'Running') return gone('It was claimed before.')\n  const blocker = attempt.state === 'Offered'",
  },
  {
    name: 'unknown treated as failed',
    file: 'worker/deployments/report.ts',
    find: "  unknown: 'Unknown',",
    replace: "  unknown: 'Failed',",
  },
  {
    name: 'unknown treated as succeeded',
    file: 'worker/deployments/report.ts',
    find: "  unknown: 'Unknown',",
    replace: "  unknown: 'Succeeded',",
  },
  {
    name: 'failure treated as success',
    file: 'worker/deployments/ending.ts',
    find: "state.error === null ? 'Success' : 'Failed'\n",
    replace: "'Success'\n",
  },
  {
    name: 'cancel after terminal',
    file: 'worker/deployments/cancellation.ts',
    find: '  if (isFinalStatus(state.status)) return gone(',
    replace: "  if (state.status === 'TimedOut') return gone(",
  },
  {
    name: 'journal not synced before the start',
    file: 'runner/journal.ts',
    find: '          if (isBinding) fdatasyncSync(descriptor)',
    replace: '          if (isBinding && descriptor < 0) fdatasyncSync(descriptor)',
  },
  {
    name: 'recovery runs again what may have run',
    file: 'runner/recovery.ts',
    find: "if (phase === 'accepted') return",
    replace: "if (phase === 'accepted' || phase === 'starting') return",
  },
  {
    name: 'leftovers of a lost step live on',
    file: 'runner/supervisor/lost.ts',
    find: '  killLeftovers(resolve(folder))',
    replace: '  resolve(folder)',
  },
  {
    name: 'reconcile forgets',
    file: 'worker/deployments/report.ts',
    find: "  return instruct(mayRun || event.state === 'accepted' ? 'continue' : 'upload-rest')",
    replace: "  return instruct('forget')",
  },
  {
    name: 'retry-safe ignored',
    file: 'worker/deployments/questions.ts',
    find: '  if (!placed(plan, attempt).action.isRetrySafe) return false\n',
    replace: '',
  },
  {
    name: 'double outbox',
    file: 'worker/deployments/publication.ts',
    find: '      guard(db, isNews),\n',
    replace: '',
  },
  {
    name: 'outbox dropped before it was told',
    file: 'worker/deployments/chores.ts',
    find: '      const hearing = await publishStates(db, inputs, publications)',
    replace:
      '      for (const { sequence } of publications) this.#storage.published(sequence)\n      const hearing = await publishStates(db, inputs, publications)',
  },
  {
    name: 'the rest of the log is dropped',
    file: 'worker/deployments/runner-desk.ts',
    find: '      live.append(attempt, found, rest.offset, rest.bytes)\n      for (const text of rivals)',
    replace: '      for (const text of rivals)',
  },
  {
    name: 'an end that nobody wakes for',
    file: 'worker/deployments/live.ts',
    find: "    if (decision.effects.some(({ type }) => type === 'finished'))\n",
    replace: "    if (decision.effects.some(({ type }) => type === 'finished' && !this.env))\n",
  },
  {
    name: 'an accepted offer is never made again',
    file: 'worker/runners/mailbox.ts',
    find: 'known.acceptedAt !== null && now - known.acceptedAt >= ttlMs',
    replace: 'known.acceptedAt !== null && now < 0',
  },
  {
    name: 'no quarantine of an unknown outcome',
    file: 'worker/runners/locks.ts',
    find: "'DELETE FROM held WHERE deployment = ? AND attempt IS NULL'",
    replace: "'DELETE FROM held WHERE deployment = ?'",
  },
  {
    name: 'started beside what may still run',
    file: 'worker/deployments/report.ts',
    find: '  if (blocker) {',
    replace: '  if (blocker && turn.now < 0) {',
  },
  {
    name: 'an older copy of libSQL is not noticed',
    file: 'worker/deployments/publication.ts',
    find: 'state_sequence >= ${first.follows ?? 0} AND',
    replace: 'state_sequence >= ${(first.follows ?? 0) * 0} AND',
    also: {
      file: 'worker/deployments/chores.ts',
      find: '    if (this.#tellAgain(inputs, execution, heard)) await this.do()',
      replace: '    this.#tellAgain(inputs, execution, execution.sequence)',
    },
  },
]
