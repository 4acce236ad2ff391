import { describe, expect, it } from 'vitest'
import { TextField } from '../../ui/components/fields.tsx'
import { filled } from '../../ui/components/form.tsx'
import { formatBytes, formatDuration, formatRelative } from '../../ui/components/format.ts'
import { LiveRegion } from '../../ui/components/live.tsx'
import { withQuery } from '../../ui/links.ts'
import { NewProjectPage } from '../../ui/projects/project-form.tsx'
import { VariablesPage } from '../../ui/variables/variables-page.tsx'
import { allPages } from './support/all-pages.tsx'
import { frameFor } from './support/kit.ts'
import { elementsOf, render, textOf } from './support/markup.ts'

const everyPage = (['usual', 'long', 'empty'] as const).flatMap(amount =>
  allPages('system', amount).map(({ name, page }) => ({ name: `${name} (${amount})`, page })),
)

describe('every page', () => {
  it.each(everyPage)('$name has one heading, one main part and a title', async ({ page }) => {
    const html = await render(page)
    const names = elementsOf(html).map(({ name }) => name)
    expect(names.filter(name => name === 'main')).toHaveLength(1)
    expect(html).toMatch(/<title>[^<]+ · Slipway<\/title>/)
    expect(names.filter(name => name === 'h1').length).toBeLessThanOrEqual(1)
    expect(html).not.toContain('[object')
    expect(html).not.toMatch(/>undefined<|>null<|>NaN/)
  })

  it.each(everyPage)(
    '$name posts only with the session’s token, as the first field',
    async ({ page }) => {
      const html = await render(page)
      for (const [, form = ''] of html.matchAll(/<form ([^>]*method="post"[^>]*>.{0,200})/gs))
        expect(form).toMatch(/^[^>]*><input type="hidden" name="_csrf" value="[^"]*"/)
    },
  )

  it.each(everyPage)(
    '$name gives every field a label and every control a name',
    async ({ page }) => {
      const html = await render(page)
      const tags = elementsOf(html)
      const labelled = new Set(
        tags.filter(({ name }) => name === 'label').map(tag => tag.attributes.for),
      )
      for (const { name, attributes } of tags) {
        const isField =
          ['textarea', 'select'].includes(name) ||
          (name === 'input' && !['hidden', 'checkbox', 'radio'].includes(attributes.type ?? ''))
        if (isField)
          expect(
            labelled.has(attributes.id) || 'aria-label' in attributes,
            JSON.stringify(attributes),
          ).toBe(true)
        if (attributes.class === 'icon-button') expect(attributes['aria-label']).toBeTruthy()
      }
    },
  )

  it.each(everyPage)('$name repeats no id', async ({ page }) => {
    const ids = elementsOf(await render(page)).flatMap(({ attributes }) => attributes.id ?? [])
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([])
  })
})

it('a refused form keeps what was typed and leads to what was wrong', async () => {
  const html = await render(
    <NewProjectPage
      frame={frameFor('light')}
      groups={[]}
      lifecycles={[]}
      form={{ values: { name: 'Shop' }, errors: { name: 'A project named Shop exists already.' } }}
    />,
  )
  expect(html).toContain('<a href="#field-name">A project named Shop exists already.</a>')
  expect(html).toContain('value="Shop"')
  expect(html).toContain('aria-describedby="field-name-error" aria-invalid="true"')
})

it('a password is never sent back', async () => {
  const html = await render(
    <TextField
      form={filled({ password: 'swordfish' })}
      name="password"
      label="Password"
      type="password"
    />,
  )
  expect(html).not.toContain('swordfish')
})

it('a sensitive variable shows that it is one, and no value', async () => {
  const html = await render(
    <VariablesPage
      frame={frameFor('light')}
      project={{ id: 'Projects-1', name: 'Shop', group: 'Web' }}
      filters={{ text: '', kind: '', scopedTo: '', environments: [] }}
      paging={{ page: 1, pageSize: 50, total: 1 }}
      included={[]}
      variables={[
        {
          name: 'Password',
          values: [
            {
              id: 'v',
              value: 'swordfish',
              sensitive: true,
              description: '',
              scope: { environments: [], targetTags: [], targets: [], steps: [] },
            },
          ],
        },
      ]}
    />,
  )
  expect(textOf(html)).toContain('Sensitive, not shown')
  expect(html).not.toContain('swordfish')
})

it('a live region asks again while something may change, and then no more', async () => {
  expect(await render(<LiveRegion id="x" every={5} />)).toContain('hx-trigger="every 5s"')
  expect(await render(<LiveRegion id="x" every={0} />)).toBe('<div id="x" class="live"></div>')
})

describe('figures', () => {
  it.each([
    [0, '0 ms'],
    [820, '820 ms'],
    [4_230, '4.2 s'],
    [83_000, '1 min 23 s'],
    [3_600_000, '1 h'],
    [100_000_000, '1 d 3 h'],
  ])('%d ms is %s', (ms, text) => expect(formatDuration(ms)).toBe(text))

  it.each([
    [12, '12 B'],
    [1_480, '1.5 kB'],
    [14_800_000, '15 MB'],
    [5_000_000_000, '5.0 GB'],
  ])('%d bytes are %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text))

  it.each([
    [-2_000, 'just now'],
    [-90_000, '1 min ago'],
    [3_600_000, 'in 1 h'],
    [-40 * 86_400_000, '1969-11-22'],
  ])('%d ms from now is %s', (ms, text) => expect(formatRelative(ms, 0)).toBe(text))
})

it.each([
  { path: '/tasks?state=failed', name: 'page', value: '2', to: '/tasks?state=failed&page=2' },
  { path: '/tasks?page=2', name: 'page', value: undefined, to: '/tasks' },
  { path: '/tasks', name: 'name', value: 'a&b=c', to: '/tasks?name=a%26b%3Dc' },
])('$path with $name=$value is $to', ({ path, name, value, to }) =>
  expect(withQuery(path, name, value)).toBe(to),
)
