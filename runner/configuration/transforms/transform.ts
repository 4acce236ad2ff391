import { withLineEndsOf } from '../line-ends.ts'
import { printXml } from '../xml/print.ts'
import { parseXml, XmlError } from '../xml/read.ts'
import { elementsOf, type XmlDocument, type XmlElement } from '../xml/tree.ts'
import { XPathError } from '../xpath/tokens.ts'
import { DEEDS } from './deeds.ts'
import { TransformError } from './instruction.ts'
import { instructionOf, TRANSFORM_NAMESPACE } from './locate.ts'

export type Finding = { level: 'warning' | 'error'; message: string }

/** `text` is missing when one of the two is no XML. */
export type Transformed = { text?: string; findings: Finding[] }

/** Changes a configuration file as a transform says. What cannot be done is told, and the rest done
 *  nevertheless: who calls decides what to make of it. Layout is kept.
 *  @see https://learn.microsoft.com/previous-versions/aspnet/dd465326(v=vs.110) */
export const applyTransform = (text: string, transform: string): Transformed => {
  const findings: Finding[] = []
  const document = read(text, 'the file', findings)
  const source = read(transform, 'the transform', findings)
  if (!document || !source) return { findings }
  for (const element of elementsOf(source)) carryOut(element, document, findings)
  if (elementsOf(document).length !== 1)
    findings.push({ level: 'warning', message: 'The document has no root element any more.' })
  return { text: withLineEndsOf(text, printXml(document, { isIndented: false })), findings }
}

const read = (text: string, what: string, findings: Finding[]): XmlDocument | undefined => {
  try {
    return parseXml(text, { keepBlanks: true })
  } catch (error) {
    if (!(error instanceof XmlError)) throw error
    findings.push({ level: 'error', message: `Cannot read ${what}: ${error.message}` })
    return undefined
  }
}

const carryOut = (element: XmlElement, document: XmlDocument, findings: Finding[]): void => {
  const isSilent = element.attributes.some(
    ({ namespace, local, value }) =>
      namespace === TRANSFORM_NAMESPACE &&
      /^Supp?ressWarnings$/.test(local) &&
      /^true$/i.test(value),
  )
  try {
    const instruction = instructionOf(element, 'Transform')
    if (instruction) {
      const { name } = instruction
      const deed = Object.hasOwn(DEEDS, name) ? DEEDS[name] : undefined
      if (!deed)
        throw new TransformError(
          `expected one of ${Object.keys(DEEDS).join(', ')}, found '${name}'.`,
        )
      const warn = (message: string) => {
        if (!isSilent) findings.push({ level: 'warning', message: told(element, message) })
      }
      deed({ element, instruction, document, warn })
    }
  } catch (error) {
    if (!(error instanceof TransformError || error instanceof XPathError)) throw error
    findings.push({ level: 'error', message: told(element, error.message) })
  }
  for (const child of elementsOf(element)) carryOut(child, document, findings)
}

const told = (element: XmlElement, message: string): string => {
  const transform = element.attributes.find(
    ({ namespace, local }) => namespace === TRANSFORM_NAMESPACE && local === 'Transform',
  )
  return `<${element.name}> ${transform?.value ?? ''}: ${message}`
}
