import type { VariableDictionary } from '../substitution/variable-dictionary.ts'
import { fold } from '../substitution/variable-tree.ts'
import { withLineEndsOf } from './line-ends.ts'
import { printXml } from './xml/print.ts'
import { parseXml } from './xml/read.ts'
import {
  attributeOf,
  descendantsOf,
  elementsOf,
  insertNode,
  setAttribute,
  setText,
  type XmlElement,
} from './xml/tree.ts'

/** `changes` names each setting that was written, in order. The text is untouched when it is
 *  empty. */
export type SettingsOutcome = { text: string; changes: string[] }

/** Writes variables into the settings of their names: `appSettings`, `connectionStrings` and
 *  `applicationSettings`, in any namespace.
 *  @see https://octopus.com/docs/projects/steps/configuration-features/xml-configuration-variables-feature
 *  @throws XmlError when the text is no XML */
export const replaceSettings = (text: string, variables: VariableDictionary): SettingsOutcome => {
  const document = parseXml(text, { keepBlanks: true })
  const settings = descendantsOf(document).flatMap(settingsIn)
  const changes: string[] = []
  for (const name of variables.names()) {
    const named = settings.filter(setting => setting.name === fold(name))
    const value = named.length > 0 ? (variables.get(name) ?? '') : ''
    for (const { write } of named) {
      write(value)
      changes.push(name)
    }
  }
  if (changes.length === 0) return { text, changes }
  const output = printXml(document, { isIndented: true, encoding: 'utf-8' })
  return { text: withLineEndsOf(text, output), changes }
}

type Setting = { name: string; write: (value: string) => void }

/** The settings of a section, when the element is one. */
const settingsIn = (section: XmlElement): Setting[] => {
  switch (section.local) {
    case 'appSettings':
      return elementsOf(section).flatMap(one => attributeSetting(one, 'key', 'value'))
    case 'connectionStrings':
      return elementsOf(section).flatMap(one => attributeSetting(one, 'name', 'connectionString'))
    case 'applicationSettings':
      return descendantsOf(section).flatMap(elementSetting)
    default:
      return []
  }
}

const attributeSetting = (add: XmlElement, key: string, attribute: string): Setting[] => {
  const name = attributeOf(add, key)?.value
  if (add.local !== 'add' || name === undefined) return []
  return [{ name: fold(name), write: value => setAttribute(add, attribute, value) }]
}

const elementSetting = (setting: XmlElement): Setting[] => {
  const name = attributeOf(setting, 'name')?.value
  if (setting.local !== 'setting' || name === undefined) return []
  return [{ name: fold(name), write: value => setText(valueElement(setting), value) }]
}

const valueElement = (setting: XmlElement): XmlElement => {
  const known = elementsOf(setting).find(({ local }) => local === 'value')
  if (known) return known
  const { prefix, namespace } = setting
  const element: XmlElement = {
    kind: 'element',
    name: prefix === '' ? 'value' : `${prefix}:value`,
    prefix,
    local: 'value',
    namespace,
    attributes: [],
    children: [],
    parent: setting,
    closesItself: false,
  }
  insertNode(setting, element)
  return element
}
