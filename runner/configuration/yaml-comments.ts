import { type Document, isCollection, isScalar, visit } from 'yaml'

/** Keeps a comment where it was that stands on the line of its key, before a block: the reader takes
 *  it for the first line of what stands above the block.
 *  @param source what the document was read from */
export const keepInlineComments = (document: Document, source: string): void => {
  visit(document, {
    Pair: (_, { key, value }) => {
      if (!isScalar(key) || !key.range || !isCollection(value) || value.flow) return
      const lineEnd = source.indexOf('\n', key.range[1])
      const rest = source.slice(key.range[1], lineEnd === -1 ? source.length : lineEnd)
      const inline = /^\s*:\s+#(.*)$/.exec(rest)?.[1]
      const [first, ...others] = value.commentBefore?.split('\n') ?? []
      if (inline === undefined || first !== inline || key.comment) return
      key.comment = inline
      if (others.length === 0) delete value.commentBefore
      else value.commentBefore = others.join('\n')
    },
  })
}
