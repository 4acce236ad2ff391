import { type Document, isCollection, isScalar, isSeq, type Node, visit } from 'yaml'

const PRINTED = 2

/**
 * Widens text that was printed with two blanks a level. The printer itself would put a sequence
 * between two levels then; here, as the originals write it, a sequence under a key stays at the
 * key, and a mapping in a sequence starts a whole level after the dash.
 *
 * @param documents what the text reads as
 */
export const widenIndent = (
  text: string,
  documents: readonly Document[],
  indent: number,
): string => {
  if (indent === PRINTED) return text
  const dashes = new Set<number>()
  const blocks: { start: number; end: number; level: number }[] = []
  for (const document of documents) {
    visit(document, (_, node, path) => {
      if (!isCollection(node) && !isScalar(node)) return
      const around = path.findLast(isCollection)
      const [start, , end] = node.range ?? [0, 0, 0]
      if (isScalar(node) && /^BLOCK/.test(node.type ?? '')) {
        const level = around ? columnOf(text, blockStart(around)) / PRINTED + 1 : 1
        blocks.push({ start, end, level })
      } else if (isCollection(node) && !node.flow && isSeq(around) && isAfterDash(text, start))
        dashes.add(start)
    })
  }
  return rewritten(text, dashes, blocks, indent - PRINTED)
}

const blockStart = (node: Node): number => node.range?.[0] ?? 0

const columnOf = (text: string, at: number): number => at - (text.lastIndexOf('\n', at - 1) + 1)

const isAfterDash = (text: string, at: number): boolean => text.slice(at - 2, at) === '- '

const rewritten = (
  text: string,
  dashes: ReadonlySet<number>,
  blocks: readonly { start: number; end: number; level: number }[],
  more: number,
): string => {
  const lines: string[] = []
  let at = 0
  let next = 0
  for (const line of text.split('\n')) {
    while (blocks[next] && (blocks[next] as { end: number }).end <= at) next++
    const block = blocks[next]
    const isInside = block !== undefined && block.start < at
    const blanks = line.length - line.trimStart().length
    const level = isInside ? block.level : Math.floor(blanks / PRINTED)
    let written = line === '' ? '' : ' '.repeat(more * level)
    for (let column = 0; column < line.length; column++) {
      if (dashes.has(at + column)) written += ' '.repeat(more)
      written += line[column]
    }
    const isHeader = block !== undefined && block.start >= at && block.start < at + line.length
    lines.push(isHeader ? withHint(written, more) : written)
    at += line.length + 1
  }
  return lines.join('\n')
}

/** A block that begins with a blank says how far it is indented. */
const withHint = (line: string, more: number): string =>
  line.replace(
    /([|>][+-]?)(\d)([+-]?(?: #.*)?)$/,
    (_, before: string, hint: string, after: string) => `${before}${Number(hint) + more}${after}`,
  )
