import { join } from 'node:path'
import t from 'tap'
import { runFuzz } from '../../scripts/fuzz/run.mjs'
import { start } from '../support/emulator.js'

t.test('50,000 generated requests are answered as their documents say, and nothing leaks', async t => {
  t.setTimeout(600_000)
  const { default: Ajv } = await import('ajv/dist/2020.js')
  const { url } = await start(t)
  const folder = join(import.meta.dirname, '../..')
  const seed = Math.floor(Math.random() * 2 ** 32)
  const { failure } = await runFuzz({ url, requests: 50_000, seed, Ajv: Ajv.default, folder })
  t.equal(failure, undefined, `seed ${seed}: ${failure?.problem}: ${failure?.curl}`)
})
