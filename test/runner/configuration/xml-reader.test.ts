import { describe, expect, it } from 'vitest'
import { printXml } from '../../../runner/configuration/xml/print.ts'
import { parseXml, XmlError } from '../../../runner/configuration/xml/read.ts'

const copied = (text: string) =>
  printXml(parseXml(text, { keepBlanks: true }), { isIndented: false })

describe('reading XML', () => {
  it.each([
    '<?xml version="1.0" encoding="utf-8" standalone="yes"?>\n<!-- c -->\n<a>\n  <b />\n  <c></c>\n</a>\n',
    '<a xmlns="urn:d" xmlns:p="urn:p"><p:b p:c="1" d="2" /></a>',
    '<a><![CDATA[ <x> ]]]]><![CDATA[> ]]><?php echo 1 ?></a>',
    '<a>&lt; &amp; &gt;</a>',
    '<ünï_1.x-y>æ</ünï_1.x-y>',
  ])('gives %s back as it was', text => expect(copied(text)).toBe(text))

  it.each([
    { text: "<a  b = '1\n2' ></a >", gives: '<a b="1 2"></a>' },
    { text: '<a b="&#10;&#x41;"/>', gives: '<a b="&#xA;A" />' },
    { text: '\ufeff<a>\r\n</a>', gives: '<a>\n</a>' },
  ])('reads $text as $gives', ({ text, gives }) => expect(copied(text)).toBe(gives))

  it.each([
    ['<!DOCTYPE a><a/>', 'Document types and entities are not taken'],
    ['<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', 'not taken'],
    ['<a/><!doctype a>', 'not taken'],
    ['<a>&x;</a>', 'Expected &amp;'],
    ['<a>&</a>', 'Expected &amp;'],
    ['<a>&#0;</a>', 'Expected &amp;'],
    ['<a>&#x110000;</a>', 'Expected &amp;'],
    ['<a>\u0001</a>', 'cannot hold the character'],
    ['<a>]]></a>', 'in text'],
    ['<a><b></a>', 'expected </b> before this'],
    ['<a>', 'Expected </a>, found the end.'],
    ['<a></a></a>', 'expected no end tag'],
    ['<a/><b/>', 'Expected one root element, found 2.'],
    ['<a/>x', 'found text beside it'],
    ['', 'Expected one root element, found 0.'],
    ['<a b=1/>', 'a value in quotes'],
    ['<a b/>', "expected '='"],
    ['<a b="1" b="2"/>', 'the attribute b once'],
    ['<a b="1"c="2"/>', 'an attribute'],
    ['<a b="<"/>', '&lt; in a value'],
    ['<p:a/>', 'Expected xmlns:p around p:a'],
    ['<a><!-- x -- y --></a>', "no '--' in a comment"],
    ['<a><!-- x', "expected '-->'"],
    [' <?xml version="1.0"?><a/>', 'the name of an instruction'],
    ['<1/>', 'expected an element'],
    ['<a>'.repeat(100_000), 'elements at most 500 deep'],
    [`<a ${Array.from({ length: 2_000 }, (_, i) => `x${i}=""`).join(' ')}/>`, 'at most 1000'],
    [`<a>${' '.repeat(8 * 1024 * 1024)}</a>`, 'Expected at most 8388608 characters'],
  ])('refuses %.60s', (text, says) => {
    expect(() => parseXml(text)).toThrow(XmlError)
    expect(() => parseXml(text)).toThrow(says)
  })

  it('reads a million references', () => {
    expect(copied(`<a>${'&#65;'.repeat(1_000_000)}</a>`)).toHaveLength(1_000_007)
  })
})
