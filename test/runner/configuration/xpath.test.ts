import { describe, expect, it } from 'vitest'
import { parseXml } from '../../../runner/configuration/xml/read.ts'
import type { XmlAny } from '../../../runner/configuration/xml/tree.ts'
import { selectNodes } from '../../../runner/configuration/xpath/select.ts'
import { XPathError } from '../../../runner/configuration/xpath/tokens.ts'
import { textOf } from '../../../runner/configuration/xpath/values.ts'

const SHOP = parseXml(`<shop xmlns:p="urn:p">
  <item id="a" price="1.5">one</item>
  <item id="b" price="20">two</item>
  <p:item id="c">three</p:item>
  <box><item id="d">four</item><item id="e">five</item></box>
  <!--note--><?run now?>
</shop>`)

const told = (node: XmlAny): string => {
  if (node.kind === 'attribute') return `@${node.value}`
  if (node.kind !== 'element') return node.kind === 'document' ? '/' : textOf(node)
  return node.attributes.find(({ name }) => name === 'id')?.value ?? node.name
}
const select = (path: string): string =>
  selectNodes(path, SHOP, prefix => ({ p: 'urn:p' })[prefix])
    .map(told)
    .join(' ')

describe('selecting by XPath', () => {
  it.each([
    ['/shop/item', 'a b'],
    ['shop/box/item', 'd e'],
    ['//item', 'a b d e'],
    ['//*:item', 'a b c d e'],
    ['//p:*', 'c'],
    ['/shop/*', 'a b c box'],
    ['//item[2]', 'b e'],
    ['(//item)[2]', 'b'],
    ['//item[last()]', 'b e'],
    ['//item[position() > 1]', 'b e'],
    ["//item[@id='a' or @id='e']", 'a e'],
    ["//item[not(@price)][starts-with(., 'f')]", 'd e'],
    ['//item[@price > 1.5]', 'b'],
    ['//item[@price * 2 = 3]', 'a'],
    ['//item[@id eq "a"]', 'a'],
    ["//item[contains(lower-case(@id), 'b')]/text()", 'two'],
    ["//*[local-name()='item' and namespace-uri()='urn:p']", 'c'],
    ["//item[matches(., '^t.o$')]", 'b'],
    ["//item[.='one']/@id", '@a'],
    ['//item[@id="d"]/following-sibling::item', 'e'],
    ['//item[@id="e"]/preceding::item', 'a b d'],
    ['//item[@id="e"]/ancestor::*', 'shop box'],
    ['//item[@id="e"]/ancestor::*[1]', 'box'],
    ['//box/..', 'shop'],
    ['//box/item/..', 'box'],
    ['/shop/(box|p:item)', 'c box'],
    ['//item[@id="e"] | //item[@id="a"]', 'a e'],
    ['//item except //box/item', 'a b'],
    ['/shop/comment()', 'note'],
    ["/shop/processing-instruction('run')", 'now'],
    ['/shop/processing-instruction(other)', ''],
    ['count', ''],
    ['/', '/'],
    ['/shop/item[count(//item) - 3]', 'a'],
    ['//item[substring(., 2, 1) = "w"]', 'b'],
    ["//item[translate(@id, 'ab', 'x')='x']", 'a'],
  ])('%s gives %s', (path, nodes) => expect(select(path)).toBe(nodes))

  it.each([
    '',
    '//',
    '/shop/',
    '//item[',
    '//item]',
    'item item',
    '//q:item',
    'unknown()',
    'far::item',
    'count(//item)',
    "'text'",
    '//item[count(1)]',
    '$x',
    "//item[matches(., '(')]",
    `${'('.repeat(200)}a${')'.repeat(200)}`,
    `/a${'/a'.repeat(10_000)}`,
  ])('refuses %.40s', path => expect(() => select(path)).toThrow(XPathError))
})
