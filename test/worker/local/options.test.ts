import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readOptions } from '../../../worker/local/options.ts'

describe('the options of npm start', () => {
  it('has defaults', () => {
    expect(readOptions([], {})).toEqual({
      port: 8787,
      dataDir: resolve('.slipway'),
      adminApiKey: undefined,
      publicUrl: undefined,
      sample: true,
      runner: true,
      watch: false,
      help: false,
    })
  })

  it('takes the environment, and the command line over it', () => {
    const env = {
      SLIPWAY_PORT: '1',
      SLIPWAY_DATA: '/from/environment',
      SLIPWAY_ADMIN_API_KEY: 'API-ENVIRONMENT',
      SLIPWAY_PUBLIC_URL: 'https://slipway.example.com/',
    }
    expect(readOptions(['--no-sample', '--no-runner'], env)).toMatchObject({
      port: 1,
      dataDir: '/from/environment',
      adminApiKey: 'API-ENVIRONMENT',
      publicUrl: 'https://slipway.example.com',
      sample: false,
      runner: false,
    })
    const args = ['--port', '2', '--data=/from/line', '--admin-api-key', 'API-LINE1']
    expect(readOptions(args, env)).toMatchObject({
      port: 2,
      dataDir: '/from/line',
      adminApiKey: 'API-LINE1',
    })
  })

  it.each([
    {
      args: ['--port', 'http'],
      says: 'Expected --port to be a number from 0 to 65535, found "http".',
    },
    {
      args: ['--port', '70000'],
      says: 'Expected --port to be a number from 0 to 65535, found "70000".',
    },
    { args: ['--data', ''], says: 'Expected --data to name a directory, found nothing.' },
    {
      args: ['--admin-api-key', 'API-lower'],
      says: 'Expected --admin-api-key to be API- followed by 1 to 100 capital letters and digits, like API-LOCAL123.',
    },
    { args: ['--prot', '1'], says: "Unknown option '--prot'. See npm start -- --help." },
    { args: ['--no-sample=yes'], says: /--no-sample.* See npm start -- --help\.$/ },
    { args: ['8787'], says: /Unexpected argument '8787'.* See npm start -- --help\.$/ },
  ])('refuses $args in one line', ({ args, says }) => {
    expect(() => readOptions(args, {})).toThrow(says)
    expect(() => readOptions(args, {})).not.toThrow('\n')
  })

  it('refuses a public address that is none', () => {
    expect(() => readOptions([], { SLIPWAY_PUBLIC_URL: 'slipway' })).toThrow(
      'Expected SLIPWAY_PUBLIC_URL to be an address like https://slipway.example.com, found "slipway".',
    )
  })
})
