import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { Comparison } from '../src/schema/recordings/comparison.js'
import type { Corpus } from '../src/schema/recordings/corpus.js'
import type { Settings } from '../src/schema/settings.js'
import { randomId } from '../src/service/new-id.js'
import { readFixture, start, TOKENS } from './support/emulator.js'
import { ROOT, runHere } from './support/program.js'
import { runSession } from './support/recorded-session.js'
import { record } from './support/recorder.js'

/** A recorded session with an emulator that has settings of its own, as files in a folder of the test. */
async function recordSession(t: Test, settings: Partial<Settings> = {}) {
  const fixture = { ...readFixture('default'), settings }
  const upstream = await start(t, { fixture, machineClock: () => new Date(), newId: randomId })
  const recorder = await record(t, upstream.url)
  await runSession({ base: recorder.base, upstream: upstream.url, hook: recorder.hook })
  const folder = mkdtempSync(join(tmpdir(), 'compare-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const write = (name: string, text: string) => {
    const path = join(folder, name)
    writeFileSync(path, text)
    return path
  }
  return {
    write,
    folder,
    exchanges: write('exchanges.jsonl', recorder.exchanges()),
    webhooks: write('webhooks.jsonl', recorder.webhooks()),
    fixture: write('fixture.json', JSON.stringify(fixture))
  }
}

const compare = async (...words: string[]) => {
  const ended = await runHere(['compare', ...words, '--json'])
  const comparison: Comparison = JSON.parse(ended.out)
  return { ...ended, comparison }
}

t.test('a session that the emulator repeats has no difference', async t => {
  const { exchanges, webhooks, fixture } = await recordSession(t)
  const { code, err, comparison } = await compare(exchanges, webhooks, '--fixture', fixture)
  t.strictSame(comparison.differences, [])
  t.equal(err, '')
  t.equal(code, 0)
  t.strictSame(comparison.notCompared, [])
})

t.test('with the learned fixture a session has no difference, whatever the settings of the PBX', async t => {
  for (const settings of [
    {},
    { listEnvelope: 'object', emptyCollection: 200, invalidTokenStatus: 403 },
    { callFlowCase: 'upper', absentParameters: 'empty', hangupStatus: 'unknown', callIds: 'perCall' },
    { hangupStatus: 'hangup', phoneCallNumbers: 'number', tokenLifetimeSeconds: 120, timeZone: 'Europe/Bucharest' }
  ] satisfies Partial<Settings>[]) {
    const { exchanges, webhooks } = await recordSession(t, settings)
    const { code, err, comparison } = await compare(exchanges, webhooks)
    t.strictSame(comparison.differences, [], JSON.stringify(settings))
    t.strictSame(comparison.notCompared, [])
    t.equal(err, '')
    t.equal(code, 0)
  }
})

const OF_USER = ['--token', TOKENS.user, '--extension', '0003*210']

t.test('the corpus finds no difference between two emulators, and changes nothing', async t => {
  const { url, ask } = await start(t, { newId: randomId })
  const state = async () => (await ask('GET', '/_emulator/fixtures', { as: null })).body
  const before = await state()
  const { code, err, comparison } = await compare('--upstream', url, ...OF_USER)
  t.strictSame(comparison.differences, [])
  t.strictSame(comparison.notCompared, [])
  t.equal(comparison.exchanges, readCorpus().requests.length)
  t.equal(err, '')
  t.equal(code, 0)
  t.strictSame(await state(), before)
  for (const list of ['calls', 'deliveries', 'faults', 'caught'])
    t.equal((await ask('GET', `/_emulator/${list}`, { as: null })).body.total, 0, list)
})

const readCorpus = (): Corpus => JSON.parse(readFileSync(join(ROOT, 'corpus', 'requests.json'), 'utf8'))
