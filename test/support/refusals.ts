import { beforeAll, expect, it } from 'vitest'
import { type Api, apiClient, type Json } from './api.ts'
import { objectsIn } from './objects.ts'
import { type Product, startProduct } from './product.ts'
import { type RawAnswer, type RawClient, type RawRequest, rawClient } from './raw-http.ts'
import { storedIn } from './stored.ts'

export type Counter = {
  product: Product
  api: Api
  /** Signed in as the administrator unless the headers say otherwise. */
  send: (request: RawRequest) => Promise<RawAnswer>
  speak: RawClient['speak']
  /** Documents whose content counts as stored too, beside all lists. */
  watched: string[]
  /** All that is stored at this moment, in comparable form. */
  stored: () => Promise<unknown>
  end: () => Promise<void>
}

/** A whole product without sample and runner, to be asked for what it must refuse. */
export const openCounter = async (): Promise<Counter> => {
  const product = await startProduct()
  const api = apiClient(product.url, product.apiKey)
  const client = rawClient(product.url)
  const watched: string[] = []
  return {
    product,
    api,
    watched,
    speak: client.speak,
    send: request =>
      client.send({ ...request, headers: { 'x-octopus-apikey': api.key, ...request.headers } }),
    stored: async () => ({
      documents: await storedIn(api, watched),
      objects: await objectsIn(product.dataDir),
    }),
    end: async () => {
      client.close()
      await product.stop()
    },
  }
}

/** To be said last in a `describe`: none of its tests has stored anything, or taken anything away. */
export const storesNothing = (counter: () => Counter): void => {
  let before: unknown
  beforeAll(async () => {
    before = await counter().stored()
  })
  it('stores nothing', async () => {
    expect(await counter().stored()).toEqual(before)
  })
}

/** A refusal as the API words it: JSON, a sentence, no stack, and `Errors` on all but a 404. */
export const expectRefusal = (answer: RawAnswer, status: number, says?: string | RegExp): Json => {
  const shown = answer.text.slice(0, 1_000)
  expect(answer.status, shown).toBe(status)
  expect(answer.headers['content-type'], shown).toMatch(/^application\/json/)
  const body = JSON.parse(answer.text)
  expect(body.ErrorMessage.length, shown).toBeGreaterThan(15)
  expect(answer.text).not.toMatch(/\bat \w+ \(|node_modules|SQLITE|drizzle/)
  if (status === 404) expect(body).not.toHaveProperty('Errors')
  else expect(body.Errors, shown).toBeInstanceOf(Array)
  if (says !== undefined)
    expect([body.ErrorMessage, ...(body.Errors ?? [])].join('\n')).toMatch(says)
  return body
}

/** Does the work for each item, several at a time, and answers what it found in a list. */
export const forEachOf = async <T, R>(
  items: T[],
  work: (item: T) => Promise<R[]>,
): Promise<R[]> => {
  const found: R[] = []
  const queue = items.values()
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      for (const item of queue) found.push(...(await work(item)))
    }),
  )
  return found
}
