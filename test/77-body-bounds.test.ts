import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { FixtureInvalid, readFixtures } from '../src/domain/fixtures/read.js'
import { exceededBound } from '../src/domain/json-bounds.js'
import { BODY_BOUNDS, type BodyBounds, MAX_PROBLEMS } from '../src/schema/body-bounds.js'
import { CONTROL_PREFIX, type ControlOperation } from '../src/schema/control-api/operation.js'
import { CONTROL_API } from '../src/schema/control-api.js'
import { type Answer, EVENTS, PAGE_EVENT, type Running, start } from './support/emulator.js'
import fc from './support/random.js'

/** An operation that takes a JSON body, and the bounds of it. */
interface Target {
  name: string
  method: string
  path: string
  bounds: BodyBounds
}

const controlTargets = Object.entries<ControlOperation>(CONTROL_API).flatMap(([name, row]): Target[] => {
  if (row.body === undefined) return []
  const path = CONTROL_PREFIX + row.path.replace(/\{\w+\}/g, 'x')
  return [{ name, method: row.method, path, bounds: row.largeBody ? BODY_BOUNDS.fixture : BODY_BOUNDS.control }]
})

const vendorTargets: Target[] = [
  ['createPhoneCallEvent', 'POST', EVENTS],
  ['createPhoneCallEvent with a type', 'POST', `${EVENTS}/0`],
  ['updatePhoneCallEvent', 'PUT', `${EVENTS}/0/${PAGE_EVENT}`],
  ['createPhoneCall', 'POST', '/uapi/phoneCalls/@me/simple'],
  ['updatePhoneCalls', 'PUT', '/uapi/phoneCalls/@me/0003*210'],
  ['updatePhoneCall', 'PUT', '/uapi/phoneCalls/@me/0003*210/1']
].map(([name = '', method = '', path = '']) => ({ name, method, path, bounds: BODY_BOUNDS.uapi }))

const oauthTargets: Target[] = [
  ['token', '/oauth/token.php'],
  ['authorize', '/oauth/authorize.php']
].map(([name = '', path = '']) => ({ name, method: 'POST', path, bounds: BODY_BOUNDS.oauth }))

/** A body with exactly so many levels, members of one object, values in all, or bytes. */
const BODIES: Record<keyof BodyBounds, (count: number) => string> = {
  depth: count => `{"x":${'['.repeat(count - 1)}${']'.repeat(count - 1)}}`,
  members: count => `{${Array.from({ length: count }, (_, at) => `"m${at}":0`).join()}}`,
  values: count => `[${'0,'.repeat(count - 1)}0]`,
  bytes: count => `{}${' '.repeat(count - 2)}`
}

const BOUNDS = Object.keys(BODIES) as (keyof BodyBounds)[]

const printed = (count: number) => count.toLocaleString('en-US')

/** Sends bodies one below, at and one above each bound. @returns the answers above */
async function sendAroundBounds(t: Test, { ask }: Running, { name, method, path, bounds }: Target) {
  const above: { bound: keyof BodyBounds; answer: Answer }[] = []
  for (const bound of BOUNDS) {
    for (const offset of [-1, 0, 1]) {
      const answer = await ask(method, path, { body: BODIES[bound](bounds[bound] + offset) })
      t.equal(answer.status === 413, offset === 1, `${name}: ${bound} ${bounds[bound]} + ${offset}: ${answer.status}`)
      if (offset === 1) above.push({ bound, answer })
    }
  }
  return above
}

t.test('every operation of the control API refuses a body beyond each bound, and names the bound', async t => {
  const emulator = await start(t)
  for (const target of controlTargets) {
    for (const { bound, answer } of await sendAroundBounds(t, emulator, target)) {
      const { code, message } = answer.body.error
      t.equal(code, bound === 'bytes' ? 'request_too_large' : 'body_too_complex', `${target.name}: ${bound}`)
      t.equal(answer.reason, bound === 'bytes' ? 'body_too_large' : `body_${bound}_exceeded`)
      t.match(message, `at most ${printed(target.bounds[bound])}`, 'what is accepted')
      t.match(message, printed(target.bounds[bound] + 1), 'what came')
    }
  }
})

t.test('every operation of the vendor refuses a body beyond each bound with its own error', async t => {
  const emulator = await start(t)
  for (const target of vendorTargets) {
    for (const { bound, answer } of await sendAroundBounds(t, emulator, target)) {
      t.equal(answer.body.error.code, 'request_too_large', `${target.name}: ${bound}`)
      t.equal(answer.reason, bound === 'bytes' ? 'body_too_large' : `body_${bound}_exceeded`)
      t.match(answer.body.error.message, `at most ${printed(target.bounds[bound])}`, 'what is accepted')
    }
  }
})

t.test('the OAuth endpoints refuse a body beyond each bound in their own shape', async t => {
  const emulator = await start(t)
  for (const target of oauthTargets) {
    for (const { bound, answer } of await sendAroundBounds(t, emulator, target)) {
      t.equal(answer.reason, bound === 'bytes' ? 'body_too_large' : `body_${bound}_exceeded`)
      t.match(answer.text, `at most ${printed(target.bounds[bound])}`, 'what is accepted')
      if (target.name === 'token') t.equal(answer.body.error, 'invalid_request')
    }
  }
})

t.test('the document of the control API states each bound', async t => {
  const text = readFileSync(join(import.meta.dirname, '../docs/control-api.md'), 'utf8')
  for (const { bytes, depth, members, values } of Object.values(BODY_BOUNDS))
    t.ok(text.includes(`| ${[bytes, depth, members, values].map(printed).join(' | ')} |`), printed(bytes))
  t.ok(text.includes(`A list of problems ends after the first ${printed(MAX_PROBLEMS)}`))
})

t.test('levels, members and values of JSON are counted as its parser would count them', async t => {
  const count = (value: unknown): { depth: number; members: number; values: number } => {
    if (typeof value !== 'object' || value === null) return { depth: 0, members: 0, values: 0 }
    const items = Object.values(value)
    const inside = items.map(count)
    return {
      depth: 1 + Math.max(0, ...inside.map(({ depth }) => depth)),
      members: Math.max(Array.isArray(value) ? 0 : items.length, ...inside.map(({ members }) => members)),
      values: items.length + inside.reduce((sum, { values }) => sum + values, 0)
    }
  }
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), fc.constantFrom(undefined, 1, '\t'), (value, space) => {
      const counted = count(value)
      const bytes = Buffer.from(JSON.stringify(value, null, space))
      const most = { depth: 1_000, members: 1_000, values: 1_000 }
      t.equal(exceededBound(bytes, most), undefined)
      for (const bound of ['depth', 'members', 'values'] as const) {
        t.equal(exceededBound(bytes, { ...most, [bound]: counted[bound] }), undefined, `${bound} at the bound`)
        if (counted[bound] > 0)
          t.equal(exceededBound(bytes, { ...most, [bound]: counted[bound] - 1 }), bound, `${bound} above it`)
      }
    })
  )
})

t.test('bytes that are no JSON pass the bounds and are refused by the parser', async t => {
  const { ask } = await start(t)
  for (const body of ['}'.repeat(100), ']]]]{{{{', `{"${'\\'.repeat(99)}`, '"'.repeat(101), '[,,,,', '{"a":[}']) {
    t.equal(exceededBound(Buffer.from(body), BODY_BOUNDS.uapi), undefined, body)
    t.equal((await ask('POST', '/_emulator/calls', { body })).reason, 'json_malformed', body)
  }
})

const event = { extension: '0003*210', type: '0', method: '0', url: 'http://receiver.test/' }
const events = (count: number, changed: object) => ({
  users: [{ id: '12', name: 'Twelve', organization: null, role: 'user' }],
  extensions: [{ number: '0003*210', owner: '12', kind: 'phoneTerminal' }],
  phoneCallEvents: Array.from({ length: count }, () => ({ ...event, ...changed }))
})

/** Fixtures with exactly so many problems, by the kind of problem. */
const WRONG: Record<string, (count: number) => object> = {
  'values of the wrong kind': count => events(count, { url: 1 }),
  'values of none of several kinds': count => ({
    users: Array.from({ length: count }, (_, at) => ({ id: `${at}`, name: 'n', organization: 1, role: 'user' }))
  }),
  'entries that are no objects': count => ({ users: Array.from({ length: count }, () => 1) }),
  'unknown members': count => events(count, { urll: '' }),
  'unknown members of one object': count => ({
    ...Object.fromEntries(Array.from({ length: count }, (_, at) => [`user${at}`, []]))
  }),
  'missing members': count => ({ phones: Array.from({ length: count }, () => ({})) }),
  'unknown references': count => events(count, { extension: '0003*999' }),
  'repeated keys': count => ({
    organizations: Array.from({ length: count + 1 }, () => ({ id: '3', name: 'Three' }))
  })
}

t.test('a list of problems ends after the first thousand, and says that there are more', async t => {
  for (const [kind, fixture] of Object.entries(WRONG)) {
    for (const offset of [-1, 0, 1, 3 * MAX_PROBLEMS]) {
      const { problems, hasMore, message } = problemsOf(fixture(MAX_PROBLEMS + offset))
      t.equal(problems.length, Math.min(MAX_PROBLEMS, MAX_PROBLEMS + offset), `${kind}: ${offset}`)
      t.equal(hasMore, offset > 0, `${kind}: ${offset}`)
      t.equal(message.includes('There are more problems: the check stopped after the first 1,000.'), offset > 0)
    }
  }
})

function problemsOf(document: unknown): FixtureInvalid {
  try {
    readFixtures([{ name: 'test', document }])
  } catch (error) {
    if (error instanceof FixtureInvalid) return error
    throw error
  }
  throw new Error('The fixture has no problem.')
}

t.test('an answer lists at most a thousand problems, and its message says that there are more', async t => {
  const { ask } = await start(t)
  const merge = (count: number) => ask('POST', '/_emulator/fixtures', { body: events(count, { urll: '', url: 1 }) })
  const verify = (count: number) =>
    ask('POST', '/_emulator/requests/verify', {
      body: { sequence: Array.from({ length: count }, () => ({ match: { status: 'x' } })) }
    })
  for (const [send, perItem] of [
    [merge, 2],
    [verify, 1]
  ] as const) {
    const { status, body } = await send(MAX_PROBLEMS)
    t.equal(status, 400)
    t.ok(body.error.details.length <= MAX_PROBLEMS)
    t.equal(/There are more problems/.test(body.error.message), perItem > 1, body.error.message)
  }
})

t.test('of many wrong items only the first are looked at', async t => {
  const untouched = {
    get urll() {
      throw new Error('looked at')
    }
  }
  const items = [...Array.from({ length: 5 * MAX_PROBLEMS }, () => 1), untouched]
  t.equal(problemsOf({ users: items }).hasMore, true)
})
