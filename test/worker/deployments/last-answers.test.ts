import { afterAll, beforeAll, expect, it } from 'vitest'
import { deployPages } from '../../../worker/deployments/deploy-portal.tsx'
import { lastAnswers } from '../../../worker/deployments/portal-reads.ts'
import { openShop, type Shop } from './shop.ts'

let shop: Shop
let path: string
const prompt = (Label: string, settings: object = {}) => ({
  Label,
  DisplaySettings: { 'Octopus.ControlType': 'SingleLineText', ...settings },
})

beforeAll(async () => {
  shop = await openShop({ routes: deployPages })
  const choice = { 'Octopus.ControlType': 'Select', 'Octopus.SelectOptions': 'red\ngreen' }
  await shop.variables(
    { Name: 'Greeting', Value: 'hello', Prompt: prompt('Greeting') },
    { Name: 'Color', Value: 'red', Prompt: prompt('Color', choice) },
    { Name: 'Loud', Value: 'True', Prompt: prompt('Loud', { 'Octopus.ControlType': 'Checkbox' }) },
    { Name: 'Token', Value: 'canary-token-6', IsSensitive: true, Prompt: prompt('Token') },
  )
  await shop.release('1.0.0')
  const [release] = await shop.rows('SELECT id FROM releases')
  path = `/releases/${release?.id}/deploy?environment=`
})
afterAll(() => shop?.stop())

const fields = async (environment: string) => {
  const html = await (await shop.send('GET', path + environment, { key: shop.ada })).text()
  expect(html).not.toContain('canary')
  return {
    greeting: / name="prompt:[^"]+" type="text" value="([^"]*)"/.exec(html)?.[1],
    color: /<option value="(\w+)" selected[^>]*>/.exec(html)?.[1],
    loud: / name="prompt:[^"]+" value="true" checked/.test(html),
  }
}

it('the form to deploy begins with what was answered last time in that environment', async () => {
  const stored = { greeting: 'hello', color: 'red', loud: true }
  expect(await fields(shop.staging)).toEqual(stored)
  await shop.deploy('1.0.0', ['Staging'], {
    Variables: { Greeting: 'good day', Color: 'green', Loud: 'False', Token: 'canary-answer-7' },
  })
  expect(await fields(shop.staging)).toEqual({ greeting: 'good day', color: 'green', loud: false })
  expect(await lastAnswers(shop.db, shop.project.Id, shop.production)).toEqual({})
  await shop.rows(`UPDATE deployments SET request = replace(request, '"green"', '"blue"')`)
  expect(await fields(shop.staging)).toMatchObject({ greeting: 'good day', color: 'red' })
})
