import { describe, expect, it } from 'vitest'
import { fileNameIn } from '../../../worker/packages/content-disposition.ts'
import { boundaryOf, firstFile } from '../../../worker/packages/multipart.ts'
import { inChunks, joined, multipartOf, type Part } from './archives.ts'

const read = async (body: Uint8Array, chunkSize: number, boundary = 'shop-boundary') => {
  const { fileName, content } = await firstFile(inChunks(body, chunkSize), boundary)
  const chunks: Uint8Array[] = []
  for await (const chunk of content) chunks.push(chunk.slice())
  return { fileName, content: joined(chunks) }
}

const file: Part = { name: 'fileToUpload', fileName: 'Shop.Web.1.0.0.zip', content: 'the bytes' }
/** Line breaks, dashes and everything but the boundary itself. */
const confusing = '\r\n--shop-boundar\r\n--shop\r\r\n\r\n--\r\n\r'

describe('the first file of a form', () => {
  it.each([1, 2, 3, 7, 64, 100_000])(
    'is found when the body arrives %i bytes at a time',
    async size => {
      const content = `${confusing}${'x'.repeat(300)}${confusing}`
      const body = multipartOf([
        { name: 'note', content: confusing },
        { ...file, content },
      ])
      const found = await read(body, size)
      expect(found.fileName).toBe('Shop.Web.1.0.0.zip')
      expect(new TextDecoder().decode(found.content)).toBe(content)
    },
  )

  it.each(['fileToUpload', 'file', 'package', 'data'])('may be called %s', async name => {
    expect((await read(multipartOf([{ ...file, name }]), 50)).fileName).toBe('Shop.Web.1.0.0.zip')
  })

  it('may be empty', async () => {
    expect((await read(multipartOf([{ ...file, content: '' }]), 50)).content.byteLength).toBe(0)
  })

  it('may be followed by other fields', async () => {
    const found = await read(multipartOf([file, { name: 'note', content: 'later' }]), 9)
    expect(new TextDecoder().decode(found.content)).toBe('the bytes')
  })

  it('may stand behind a preamble', async () => {
    const body = joined([
      new TextEncoder().encode('To whom it may concern\r\n'),
      multipartOf([file]),
    ])
    expect((await read(body, 5)).fileName).toBe('Shop.Web.1.0.0.zip')
  })

  it('may be bytes without a file name', async () => {
    const body = multipartOf([{ name: 'package', content: 'x', type: 'application/octet-stream' }])
    expect((await read(body, 20)).fileName).toBe('package')
  })
})

describe('a broken form', () => {
  it('that ends anywhere too early is refused', async () => {
    const body = multipartOf([file])
    for (let length = 0; length < body.byteLength - 2; length++)
      await expect(read(body.subarray(0, length), 11), `${length} bytes`).rejects.toThrow(
        'The upload ended before all of it had arrived',
      )
  })

  it.each([
    {
      what: 'without a file',
      body: multipartOf([{ name: 'note', content: 'no file' }]),
      says: 'The multipart body holds no file',
    },
    {
      what: 'with a field of 70,000 bytes',
      body: multipartOf([{ name: 'note', content: 'x'.repeat(70_000) }, file]),
      says: 'A field beside the package holds more than 65536 bytes.',
    },
    {
      what: 'with endless headers',
      body: joined([
        new TextEncoder().encode(`--shop-boundary\r\nX: ${'x'.repeat(20_000)}`),
        multipartOf([file]),
      ]),
      says: 'The headers of a part may hold 16384 bytes',
    },
    {
      what: 'with 60 fields',
      body: multipartOf(Array.from({ length: 60 }, () => ({ name: 'n', content: '1' }))),
      says: 'No file was found among the first 50 parts',
    },
    {
      what: 'that goes on after its end',
      body: joined([multipartOf([file]), new Uint8Array(100_000)]),
      says: 'goes on after its closing boundary',
    },
  ])('$what is refused', async ({ body, says }) => {
    await expect(read(body, 1_000)).rejects.toThrow(says)
  })

  it('without a boundary is refused', async () => {
    await expect(read(multipartOf([file]), 10, '')).rejects.toThrow('names its boundary')
  })
})

it.each([
  { type: 'multipart/form-data; boundary=abc', boundary: 'abc' },
  { type: 'multipart/form-data; charset=utf-8; boundary="a b"', boundary: 'a b' },
  { type: 'Multipart/Form-Data', boundary: '' },
  { type: 'application/zip', boundary: undefined },
])('the boundary of $type is $boundary', ({ type, boundary }) => {
  expect(boundaryOf(type)).toBe(boundary)
})

it.each([
  { header: 'form-data; name="file"; filename="a.1.0.zip"', name: 'a.1.0.zip' },
  { header: 'form-data; name=package; filename=package', name: 'package' },
  { header: 'attachment; filename="C:\\\\temp\\\\a.1.0.zip"', name: 'a.1.0.zip' },
  { header: 'form-data; filename="../../etc/a.1.0.zip"', name: 'a.1.0.zip' },
  { header: `form-data; filename="x"; filename*=UTF-8''a%20b.1.0.zip`, name: 'a b.1.0.zip' },
  { header: 'form-data; filename="=?utf-8?B?YS4xLjAuemlw?="', name: 'a.1.0.zip' },
  { header: 'form-data; name="note"', name: undefined },
])('the file name in $header is $name', ({ header, name }) => {
  expect(fileNameIn(header)).toBe(name)
})
