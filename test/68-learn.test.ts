import t from 'tap'
import { createClient } from '../src/client/client.js'
import { SETTING_ROWS } from '../src/domain/learning/settings/setting-rows.js'
import { DEFAULT_SETTINGS, Settings } from '../src/schema/settings.js'
import { readFixture, start } from './support/emulator.js'
import { LIFETIMES, learnFromRecorder, SWITCHES, valuesOf, ZONES } from './support/learning.js'
import { runSession } from './support/recorded-session.js'
import { record } from './support/recorder.js'

/** Few combinations with each pair of values of two switches: of a switch the value `index * factor + offset`. */
const FEW: Partial<Settings>[] = [
  [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
  [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
  [0, 1, 0, 1, 0, 2, 1, 0, 1, 2, 2],
  [1, 0, 1, 0, 1, 2, 0, 1, 0, 1, 0],
  [0, 0, 1, 1, 1, 0, 1, 1, 0, 0, 2],
  [1, 1, 0, 0, 0, 1, 0, 0, 1, 2, 1],
  [1, 0, 0, 1, 0, 0, 1, 1, 1, 1, 1],
  [0, 1, 1, 0, 1, 1, 1, 0, 0, 0, 0]
].map(indexes => {
  const values = { ...SWITCHES, tokenLifetimeSeconds: LIFETIMES, timeZone: ZONES }
  return Object.fromEntries(Object.entries(values).map(([name, list], at) => [name, list[indexes[at] ?? 0]]))
})

t.test('every setting has a row that says what is evidence for it', async t => {
  t.same(Object.keys(SETTING_ROWS).sort(), Object.keys(Settings.properties).sort())
})

t.test('learn finds every setting from a recorded session and its webhooks', async t => {
  const upstream = await start(t, { machineClock: () => new Date() })
  const recorder = await record(t, upstream.url)
  const control = createClient({ url: upstream.url })
  for (const settings of FEW) {
    await control.reset({ ...readFixture('default'), settings })
    recorder.clear()
    await runSession({ base: recorder.base, upstream: upstream.url, hook: recorder.hook })
    const learned = learnFromRecorder(recorder)
    t.same(valuesOf(learned), { ...DEFAULT_SETTINGS, ...settings }, JSON.stringify(settings))
    t.same(learned.uncovered, [], 'and nothing is left uncovered')
    t.ok(
      learned.settings.every(({ isShown, evidence }) => isShown && evidence.length === 1),
      'without contradiction'
    )
  }
})
