import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type ParsedNode,
  parseAllDocuments,
  Scalar,
  type ScalarTag,
  visit,
} from 'yaml'
import type { VariableDictionary } from '../substitution/variable-dictionary.ts'
import { fold } from '../substitution/variable-tree.ts'
import { isReserved } from './names.ts'
import type { Replacement } from './replacement.ts'
import { keepInlineComments } from './yaml-comments.ts'
import { widenIndent } from './yaml-indent.ts'

const MAX_CHARACTERS = 4 * 1024 * 1024
const MAX_DEPTH = 100
const MAX_DOCUMENTS = 1_000

/** Values by path: `server:ports:0`. Comments, anchors, tags, quotes and the style of collections
 *  stay; an alias is never followed, so nothing grows. */
export const replaceInYaml = (text: string, variables: VariableDictionary): Replacement => {
  const documents = readYaml(text)
  if (typeof documents === 'string') return { parses: false, reason: documents }
  const names = new Map(
    variables.names().flatMap(name => (isReserved(name) ? [] : [[fold(name), name] as const])),
  )
  if (documents.length === 0) return { parses: true, text, replaced: 0, warnings: [] }
  const valueAt = (path: string): string | null | undefined => {
    const name = names.get(fold(path))
    return name === undefined ? undefined : variables.get(name)
  }
  let replaced = 0
  const source = text.replace(/\r\n/g, '\n')
  for (const document of documents) {
    keepInlineComments(document, source)
    const walker = new Walker(valueAt)
    if (document.contents) document.contents = walker.replaced(document.contents, '') as ParsedNode
    replaced += walker.count
  }
  const indent = mostCommonIndent(documents, text)
  try {
    return { parses: true, text: printYaml(documents, indent), replaced, warnings: [] }
  } catch (error) {
    const warning = `The values cannot stand there, so the file is left as it was: ${String(error)}`
    return { parses: true, text, replaced: 0, warnings: [warning] }
  }
}

/** Scalars are texts and nothing else, so that each is written again as it was read. Only nothing
 *  at all is null. */
const NOTHING: ScalarTag = {
  tag: 'tag:yaml.org,2002:null',
  default: true,
  identify: value => value === null,
  test: /^$/,
  resolve: () => new Scalar(null),
  stringify: ({ source }) => source ?? '',
}

/** The documents, or why they cannot be read. */
const readYaml = (text: string): Document.Parsed[] | string => {
  if (text.length > MAX_CHARACTERS)
    return `Expected at most ${MAX_CHARACTERS} characters, found ${text.length}.`
  if (isTooDeep(text)) return `It is nested deeper than ${MAX_DEPTH}.`
  const source = text.replace(/\r\n/g, '\n')
  const documents = parseAllDocuments(source, {
    schema: 'failsafe',
    customTags: [NOTHING],
    uniqueKeys: false,
    logLevel: 'silent',
    // With them come lines of the file, which may hold secrets by now.
    prettyErrors: false,
  })
  if (!Array.isArray(documents)) return []
  const [error] = documents.flatMap(({ errors }) => errors)
  if (error) return `Line ${source.slice(0, error.pos[0]).split('\n').length}: ${error.message}`
  return documents.length > MAX_DOCUMENTS ? `It has over ${MAX_DOCUMENTS} documents.` : documents
}

/** Brackets and sequences that open one after the other: a reader would run out of stack. */
const isTooDeep = (text: string): boolean => {
  let open = 0
  for (const character of text) {
    if (character === '[' || character === '{') open++
    else if (character === ']' || character === '}') open = Math.max(0, open - 1)
    else if (character === '\n' && open > MAX_DEPTH) return true
    if (open > 10 * MAX_DEPTH) return true
  }
  const dashes = new RegExp(`(?:[-?] +){${MAX_DEPTH}}|^ {${20 * MAX_DEPTH}}`, 'm')
  return open > MAX_DEPTH || dashes.test(text)
}

class Walker {
  readonly #valueAt: (path: string) => string | null | undefined
  count = 0

  constructor(valueAt: (path: string) => string | null | undefined) {
    this.#valueAt = valueAt
  }

  /** The node that is to stand there: itself, changed or not, or another. */
  replaced(node: Node, path: string): Node {
    if (isAlias(node)) return node
    const value = path === '' ? undefined : this.#valueAt(path)
    if (value !== undefined) {
      this.count++
      return isScalar(node) ? withValue(node, value) : inPlaceOf(node, value)
    }
    const at = (key: string) => (path === '' ? key : `${path}:${key}`)
    if (isMap(node)) {
      for (const pair of node.items) {
        if (!isPair(pair) || !isScalar(pair.key)) continue
        const key = String(pair.key.value ?? '')
        const old = (pair.value ?? new Scalar(null)) as Node
        const fresh = this.replaced(old, at(key))
        if (fresh !== old || pair.value) pair.value = fresh
      }
    } else if (isSeq(node)) {
      node.items = node.items.map((item, index) =>
        isPair(item) ? item : this.replaced(item as Node, at(String(index))),
      )
    }
    return node
  }
}

const withValue = (scalar: Scalar, value: string | null): Scalar => {
  const fresh = new Scalar<unknown>(value ?? 'null')
  Object.assign(fresh, commentsOf(scalar))
  if (scalar.anchor !== undefined) fresh.anchor = scalar.anchor
  if (scalar.tag !== undefined) fresh.tag = scalar.tag
  fresh.type = styleOf(scalar.type, value)
  return fresh
}

/** As it was; but a plain text of several lines would lose its line breaks. */
const styleOf = (was: Scalar.Type | undefined, value: string | null): Scalar.Type => {
  if (value === null) return Scalar.PLAIN
  const isPlain = was === undefined || was === Scalar.PLAIN
  return isPlain ? (value.includes('\n') ? Scalar.QUOTE_DOUBLE : Scalar.PLAIN) : was
}

/** A mapping or sequence is replaced by what the value is as YAML, else by the value as text. */
const inPlaceOf = (node: Node, value: string | null): Node => {
  const fresh =
    (value === null ? undefined : fragmentOf(value)) ?? new Scalar<unknown>(value ?? 'null')
  if (isScalar(fresh) && !fresh.range)
    fresh.type = value === null ? Scalar.PLAIN : Scalar.QUOTE_DOUBLE
  Object.assign(fresh, commentsOf(node))
  if (isCollection(node) && node.anchor !== undefined && !isAlias(fresh))
    (fresh as Scalar).anchor = node.anchor
  return fresh
}

const fragmentOf = (value: string): Node | undefined => {
  const documents = readYaml(value)
  if (typeof documents === 'string' || documents.length !== 1) return undefined
  const contents = documents[0]?.contents
  if (!contents || (isScalar(contents) && contents.value === null)) return undefined
  const anchors = new Set<string>()
  let isWhole = true
  visit(documents[0] as Document, {
    Node: (_, node) => {
      if (isAlias(node)) isWhole &&= anchors.has(node.source)
      else if (node.anchor) anchors.add(node.anchor)
    },
  })
  return isWhole ? contents : undefined
}

const commentsOf = ({ comment, commentBefore, spaceBefore }: Node) => ({
  ...(comment != null && { comment }),
  ...(commentBefore != null && { commentBefore }),
  ...(spaceBefore && { spaceBefore }),
})

const printYaml = (documents: readonly Document[], indent: number): string => {
  const text = documents
    .map((document, index) => {
      if (index > 0 && document.directives) document.directives.docStart = true
      return document.toString({
        indent: 2,
        indentSeq: false,
        flowCollectionPadding: false,
        lineWidth: 0,
        nullStr: 'null',
        singleQuote: true,
      })
    })
    .join('')
  const read = indent === 2 ? [] : readYaml(text)
  return typeof read === 'string' ? text : widenIndent(text, read, indent)
}

/** By how many blanks the blocks go in, as most of them do; 2 when none says. */
const mostCommonIndent = (documents: readonly Document[], text: string): number => {
  const counts = new Map<number, number>()
  const plain = text.replace(/\r\n/g, '\n')
  const columnOf = (node: Node) => {
    const start = node.range?.[0] ?? 0
    return start - (plain.lastIndexOf('\n', start - 1) + 1)
  }
  for (const document of documents) {
    visit(document, {
      Collection: (_, node, path) => {
        if (node.flow || !node.range) return
        const around = path.findLast(one => isCollection(one) && !one.flow)
        const by = columnOf(node) - (isCollection(around) ? columnOf(around) : 0)
        if (by >= 2 && by <= 9) counts.set(by, (counts.get(by) ?? 0) + 1)
      },
    })
  }
  const [first] = [...counts].sort(([, a], [, b]) => b - a)
  return first?.[0] ?? 2
}
