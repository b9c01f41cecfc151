import t from 'tap'
import { start } from './support/emulator.js'
import { record } from './support/recorder.js'
import { runSession } from './support/recorded-session.js'
import { writeFileSync } from 'node:fs'
t.test('x', async t => {
  const up = await start(t, { machineClock: () => new Date() })
  const r = await record(t, up.url)
  const sent = await runSession({ base: r.base, upstream: up.url, hook: r.hook })
  for (const s of sent) console.error(s.status, s.method, s.path)
  writeFileSync('/tmp/learn-ex.jsonl', r.exchanges()); writeFileSync('/tmp/learn-wh.jsonl', r.webhooks())
})
