import { once } from 'node:events'
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { createClient } from '../../src/client/client.js'
import { DEFAULT_SETTINGS, type Settings } from '../../src/schema/settings.js'
import { readFixture, start } from '../support/emulator.js'
import { collectionByHand, EXCHANGES_START, eventByHand, exchangeByHand } from '../support/hand-made-recording.js'
import { LIFETIMES, learnFromRecorder, SWITCHES, valuesOf, ZONES } from '../support/learning.js'
import { run } from '../support/program.js'
import { runSession } from '../support/recorded-session.js'
import { record } from '../support/recorder.js'

/** Every combination of the values of all switches. The other settings take turns. */
const ALL = Object.entries(SWITCHES)
  .reduce<Partial<Settings>[]>(
    (combinations, [name, values]) =>
      combinations.flatMap(one => [...values].map(value => ({ ...one, [name]: value }))),
    [{}]
  )
  .map((one, at) => ({
    ...one,
    tokenLifetimeSeconds: LIFETIMES[at % LIFETIMES.length] ?? 1,
    timeZone: ZONES[Math.floor(at / 3) % ZONES.length] ?? 'UTC'
  }))

t.setTimeout(1_800_000)

/** How many upstreams are recorded at the same time. */
const LANES = 4

t.test('learn finds every combination of the settings from a recorded session', async t => {
  t.equal(ALL.length, 768, 'every switch with every value')
  const lanes = Array.from({ length: LANES }, async (_, lane) => {
    const upstream = await start(t, { machineClock: () => new Date() })
    const recorder = await record(t, upstream.url)
    const control = createClient({ url: upstream.url })
    for (let at = lane; at < ALL.length; at += LANES) {
      const settings = ALL[at] ?? {}
      await control.reset({ ...readFixture('default'), settings })
      recorder.clear()
      await runSession({ base: recorder.base, upstream: upstream.url, hook: recorder.hook })
      const learned = await learnFromRecorder(recorder)
      t.same(valuesOf(learned), { ...DEFAULT_SETTINGS, ...settings }, JSON.stringify(settings))
      t.same(learned.uncovered, [])
      const sure = learned.settings.filter(({ name }) => name !== 'webhookOrder')
      t.ok(
        sure.every(({ isShown, evidence }) => isShown && evidence.length === 1),
        'without contradiction'
      )
    }
  })
  await Promise.all(lanes)
})

t.test('a long recording is read in bounded memory', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'learn-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'long.jsonl')
  const count = 300_000
  await writeLong(file, count)
  const { code, out, err } = await run(['learn', file], { env: { NODE_OPTIONS: '--max-old-space-size=160' } })
  t.equal(err, '')
  t.equal(code, 0, 'a heap of 160 MB suffices')
  t.match(out, `${count.toLocaleString('en-US')} exchanges`)
})

/** Writes so many exchanges, each with an event of its own. */
async function writeLong(file: string, count: number): Promise<void> {
  const stream = createWriteStream(file)
  stream.write(`${JSON.stringify(EXCHANGES_START)}\n`)
  for (let number = 1; number <= count; number++) {
    const extension = `0003*${1000 + (number % 500)}`
    const line = exchangeByHand(number, 'GET', `/uapi/extensions/@me/${extension}/phoneCallEvents`, {
      answer: [collectionByHand([eventByHand(`event${number}`, { note: 'x'.repeat(500) })])]
    })
    if (!stream.write(`${JSON.stringify(line)}\n`)) await once(stream, 'drain')
  }
  stream.end()
  await once(stream, 'finish')
}
