import type { LedgerEntry } from '../checker/history.ts'

/** What a step does between its START and its END; `say` prints a numbered line, `finish` ends it. */
export const scriptWith = (ledger: string, body: string): string => `
A="\${SLIPWAY_ATTEMPT##*/}"; T='#{Octopus.Machine.Name}'; S='#{Octopus.Step.Name}'; n=0
note() { printf '%s %s %s %s %s %s %s\\n' "$1" "$A" "$S" "$T" "$EPOCHREALTIME" "$2" "$3" >> '${ledger}'; sync '${ledger}'; }
say() { n=$((n + 1)); printf 'line %s %d %d\\n' "$A" "$n" "$(((n * 2654435 + 97) % 4294967296))"; }
finish() { note END "$1" "$n"; exit "$1"; }
note START - -
printf 'the secret is %s\\n' "$(get_octopusvariable Canary)"
${body}
finish 0
`

/** So many numbered lines, one every so many seconds. */
export const lines = (count: number, paceSeconds = 0): string =>
  paceSeconds > 0
    ? `for ((i = 0; i < ${count}; i++)); do say; sleep ${paceSeconds}; done`
    : `for ((i = 0; i < ${count}; i++)); do say; done`

/** Waits, printing nothing, until this file is there. */
export const gate = (file: string): string => `while [ ! -e '${file}' ]; do sleep 0.05; done`

export const parseLedger = (text: string): LedgerEntry[] =>
  text
    .split('\n')
    .filter(line => /^(START|END) /.test(line))
    .map(line => {
      const [kind = '', attempt = '', step = '', target = '', at = '', exit, printed] =
        line.split(' ')
      return {
        kind: kind as LedgerEntry['kind'],
        attempt,
        step,
        target,
        at: Number(at.replace(',', '.')) * 1_000,
        exit: exit === '-' || exit === undefined ? null : Number(exit),
        lines: printed === '-' || printed === undefined ? null : Number(printed),
      }
    })
