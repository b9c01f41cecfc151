import { execFile, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createConfig, lintFromString } from '@redocly/openapi-core'
import { Validator } from '@seriousme/openapi-schema-validator'
import t, { type Test } from 'tap'
import { operationsOf } from '../scripts/fuzz/generate.mjs'
import { COMPILES_FAST } from '../scripts/fuzz/judge.mjs'
import { COMMANDS } from '../src/cli/program.js'
import { SERVE_OPTIONS } from '../src/config.js'
import { UAPI_ERRORS } from '../src/domain/errors/uapi.js'
import { describeApis } from '../src/http/control/describe-apis.js'
import { environmentName } from '../src/option-table.js'
import { VERSION } from '../src/package.js'
import { EVENT_TYPES } from '../src/schema/event-type.js'
import { REASONS } from '../src/schema/reasons.js'
import { DEFAULT_SETTINGS, Settings } from '../src/schema/settings.js'
import { EVENTS, NEW_EVENT, PAGE_EVENT, readFixture, start } from './support/emulator.js'
import { CALLS, newCall, SIMPLE } from './support/phone-calls.js'
import { call, serve } from './support/program.js'
import { receive } from './support/receiver.js'

const ROOT = join(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')

t.test('generated files are up to date: npm run generate would change nothing', async t => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/generate.mjs', '--check'], {
    cwd: ROOT,
    encoding: 'utf8'
  })
  t.equal(status, 0, stdout + stderr)
})

/** Compiles the schemas of a document: each is found by the names of the members that lead to it. */
async function compilerOf(document: object) {
  const { default: Ajv } = await import('ajv/dist/2020.js')
  const ajv = new Ajv.default({ strict: false, ...COMPILES_FAST })
  ajv.addSchema(document, 'document')
  return (...place: (string | number)[]) => {
    const parts = place.map(part => encodeURIComponent(String(part).replaceAll('~', '~0').replaceAll('/', '~1')))
    const validate = ajv.getSchema(`document#/${parts.join('/')}`)
    if (validate === undefined) throw new Error(`The document has no schema at ${place.join(' › ')}.`)
    return validate
  }
}

t.test('the OpenAPI document', async t => {
  const { ask } = await start(t)
  const { status, text, body: served } = await ask('GET', '/_emulator/openapi/uapi.json')
  t.equal(status, 200)

  t.test('is that of the schemas', async t => {
    t.strictSame(served, JSON.parse(JSON.stringify((await describeApis(VERSION)).uapi)))
    t.equal(served.openapi, '3.1.0')
  })

  t.test('is valid by two validators', async t => {
    const { valid, errors } = await new Validator().validate(served)
    t.ok(valid, JSON.stringify(errors))
    const problems = await lintFromString({ source: text, config: await createConfig({ extends: ['recommended'] }) })
    t.strictSame(
      problems.map(({ message, location }) => [message, location[0]?.pointer]),
      []
    )
  })

  t.test('has every route of the service, every parameter, and every error', async t => {
    const routes = Object.entries<Record<string, unknown>>(served.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map(method => `${method.toUpperCase()} ${path}`)
    )
    const base = '/uapi/extensions/{userId}/{extension}/phoneCallEvents'
    const calls = '/uapi/phoneCalls/{userId}/{extension}'
    const paths = [base, `${base}/{eventType}`, `${base}/{eventType}/{eventId}`]
    const expected = [
      ...[...paths, calls, `${calls}/{phoneCallId}`].flatMap(path =>
        // An update without type and id is always refused.
        (paths.slice(0, 2).includes(path) ? ['GET', 'DELETE'] : ['GET', 'PUT', 'DELETE']).map(
          method => `${method} ${path}`
        )
      ),
      'POST /oauth/token.php',
      'GET /oauth/authorize.php',
      ...[...paths.slice(0, 2), '/uapi/phoneCalls/{userId}/simple'].map(path => `POST ${path}`)
    ]
    t.strictSame(routes.sort(), expected.sort())
    const documented = JSON.stringify(served.paths)
    // Errors outside of a route are not in a document of routes.
    for (const code of Object.keys(UAPI_ERRORS).filter(code => code !== 'request_not_implemented')) {
      t.match(documented, code, code)
    }
    const list = ['count', 'startIndex', 'filterBy', 'filterOp', 'filterValue', 'fields']
    for (const [path, method, ...expected] of [
      [`${base}/{eventType}/{eventId}`, 'get', ...list, 'sortOrder', 'userId', 'extension', 'eventType', 'eventId'],
      [calls, 'get', ...list, 'userId', 'extension'],
      [`${calls}/{phoneCallId}`, 'get', ...list, 'userId', 'extension', 'phoneCallId'],
      [`${calls}/{phoneCallId}`, 'put', 'userId', 'extension', 'phoneCallId'],
      [`${calls}/{phoneCallId}`, 'delete', 'userId', 'extension', 'phoneCallId'],
      [
        '/uapi/phoneCalls/{userId}/simple',
        'post',
        ...['userId', 'waitForPickup', 'callDuration', 'allowPublicTransfer', 'video']
      ]
    ] as const) {
      const names = served.paths[path][method].parameters.map(({ name }: { name: string }) => name)
      t.strictSame(names.sort(), [...expected].sort(), `${method} ${path}`)
    }
  })

  t.test('names the errors of each operation of PhoneCalls', async t => {
    const call = '/uapi/phoneCalls/{userId}/{extension}/{phoneCallId}'
    for (const [path, method, ...codes] of [
      ['/uapi/phoneCalls/{userId}/simple', 'post', 'phone_call_view', 'waitforpickup', 'callduration', 'nonce'],
      [call, 'get', 'phone_call_id', 'count', 'startindex', 'filterby', 'filterop', 'filtervalue', 'fields'],
      [call, 'put', 'phone_call_id', 'phone_call_view', 'action'],
      [call, 'delete', 'phone_call_id']
    ] as const) {
      const named = served.paths[path][method].responses['400'].description.split(', ')
      const shared = ['request_invalid', 'user_invalid', 'extension_invalid']
      t.strictSame(named.sort(), [...shared, ...codes.map(code => `${code}_invalid`)].sort(), `${method} ${path}`)
    }
    t.match(served.paths[call].put.responses['501'].description, 'request_not_implemented')
    const schemas = Object.keys(served.components.schemas)
    t.ok(schemas.includes('PhoneCall') && schemas.includes('PhoneCallCollection'))
  })

  t.test('describes the actual answers', async t => {
    const schemaAt = await compilerOf(served)
    const shapeOf = (path: string, method: string, status: number) =>
      schemaAt('paths', path, method, 'responses', status, 'content', 'application/json', 'schema')
    const base = '/uapi/extensions/{userId}/{extension}/phoneCallEvents'
    const simple = '/uapi/phoneCalls/{userId}/simple'
    const calls = '/uapi/phoneCalls/{userId}/{extension}'
    const full = newCall({ callerId: 'John <1>' }, { nonce: 'n' })
    for (const [method, path, route, body] of [
      ['POST', `${EVENTS}/1`, `${base}/{eventType}`, NEW_EVENT],
      ['GET', EVENTS, base, undefined],
      ['GET', `${EVENTS}?fields=id&count=1`, base, undefined],
      ['GET', `${EVENTS}?count=0`, base, undefined],
      ['PUT', `${EVENTS}/0/${PAGE_EVENT}`, `${base}/{eventType}/{eventId}`, {}],
      ['PUT', `${EVENTS}/0/unknown`, `${base}/{eventType}/{eventId}`, {}],
      ['DELETE', EVENTS, base, undefined],
      ['POST', `${SIMPLE}?waitForPickup=5&callDuration=9&video=1`, simple, full],
      ['POST', SIMPLE, simple, newCall({ destination: '+40733000222' })],
      ['POST', SIMPLE, simple, {}],
      ['GET', CALLS, calls, undefined],
      ['GET', `${CALLS}?fields=id,answered&count=1`, calls, undefined],
      ['GET', `${CALLS}?count=0`, calls, undefined],
      ['GET', `${CALLS}/unknown`, `${calls}/{phoneCallId}`, undefined],
      ['PUT', CALLS, calls, { action: 'OnHold' }],
      ['PUT', CALLS, calls, { action: 'PickUp' }],
      ['PUT', `${CALLS}/unknown`, `${calls}/{phoneCallId}`, { action: 'Park' }],
      ['DELETE', `${CALLS}/unknown`, `${calls}/{phoneCallId}`, undefined],
      ['DELETE', CALLS, calls, undefined]
    ] as const) {
      const answer = await ask(method, path, { body })
      const validate = shapeOf(route, method.toLowerCase(), answer.status)
      t.ok(validate(answer.body), `${method} ${path} ${answer.status} ${JSON.stringify(validate.errors)}`)
    }
    await ask('PATCH', '/_emulator/settings', { body: { phoneCallNumbers: 'number' } })
    const { body: placed } = await ask('POST', SIMPLE, { body: full })
    t.ok(shapeOf(simple, 'post', 200)(placed), 'also with numbers')
    const { PhoneCall } = served.components.schemas
    t.strictSame(
      Object.keys(placed[0]).filter(name => !(name in PhoneCall.properties)),
      [],
      'every member is described'
    )
    t.notOk(shapeOf(simple, 'post', 200)([{ ...placed[0], phoneCallView: [{}] }]), 'and the members of a view')
  })
})

t.test('the OpenAPI document of the control API', async t => {
  const { ask } = await start(t)
  const { text, body: served } = await ask('GET', '/_emulator/openapi/control.json')
  t.strictSame(served, JSON.parse(JSON.stringify((await describeApis(VERSION)).control)), 'is that of the schemas')
  const { valid, errors } = await new Validator().validate(served)
  t.ok(valid, JSON.stringify(errors))
  const problems = await lintFromString({ source: text, config: await createConfig({ extends: ['recommended'] }) })
  t.strictSame(
    problems.map(({ message, location }) => [message, location[0]?.pointer]),
    [],
    'is valid by two validators'
  )
  const schemaAt = await compilerOf(served)
  const described = (path: string, method: string, status: number) =>
    schemaAt('paths', path, method, 'responses', status, 'content', 'application/json', 'schema')
  const call = { from: '0003*211', to: '0003*210' }
  const known = { id: '1', callId: '' }
  known.callId = (await ask('POST', '/_emulator/calls', { body: { ...call, manual: true } })).body.callId
  await ask('GET', '/_emulator/idle?timeoutMs=5000')
  for (const [method, path, body] of [
    ['get', '/health', undefined],
    ['post', '/calls', call],
    ['post', '/calls', {}],
    ['get', '/calls', undefined],
    ['get', '/calls?limit=x', undefined],
    ['get', '/calls/{callId}', undefined],
    ['post', '/calls/{callId}/answer', {}],
    ['post', '/calls/{callId}/hangup', { outcome: 'busy' }],
    ['post', '/calls/{callId}/hangup', {}],
    ['get', '/deliveries', undefined],
    ['get', '/deliveries/{id}', undefined],
    ['post', '/deliveries/{id}/replay', {}],
    ['delete', '/faults/{id}', undefined],
    ['post', '/faults/{id}/release', {}],
    ['post', '/faults', { on: { operation: 'delivery', type: '3' }, times: 1, do: { hold: true } }],
    ['post', '/faults', { on: {}, do: {} }],
    ['get', '/faults', undefined],
    ['post', '/faults/{id}/release', {}],
    ['post', '/deliveries/verify', { match: {} }],
    ['post', '/deliveries/verify', { match: { extension: '0003*999' } }],
    ['get', '/idle?timeoutMs=5000', undefined],
    ['get', '/clock', undefined],
    ['put', '/clock', { mode: 'frozen' }],
    ['post', '/clock/advance', { ms: 5 }],
    ['get', '/directory', undefined],
    ['post', '/tokens', { user: '12' }],
    ['post', '/sessions', { user: '12' }],
    ['post', '/tokens/revoke', { accessToken: 'emulator-other-token' }],
    ['post', '/tokens/revoke', { accessToken: 'x' }],
    ['post', '/sessions/revoke', {}],
    ['patch', '/apps/{clientId}', { disabled: true }],
    ['patch', '/apps/{clientId}', { disabled: 1 }],
    ['get', '/directory', undefined],
    ['post', '/events', { ...NEW_EVENT, extension: '0003*211', type: '0', id: '1' }],
    ['post', '/events', { ...NEW_EVENT, extension: '0003*211', type: '0', id: '1' }],
    ['get', '/events', undefined],
    ['patch', '/events/{id}', { note: 'x' }],
    ['delete', '/events', undefined],
    ['delete', '/events/{id}', undefined],
    ['patch', '/events/{id}', { note: 'x' }],
    ['get', '/settings', undefined],
    ['patch', '/settings', { callFlowCase: 'lower' }],
    ['get', '/fixtures', undefined],
    ['post', '/fixtures', {}],
    ['post', '/fixtures', { users: [{}] }],
    ['put', '/snapshots/{name}', {}],
    ['put', '/snapshots/{name}', {}],
    ['get', '/snapshots', undefined],
    ['post', '/snapshots/{name}/restore', {}],
    ['post', '/reset', { fixture: 'nope' }],
    ['post', '/reset', {}],
    ['post', '/snapshots/{name}/restore', { at: 1 }]
  ] as const) {
    const filled = path
      .replace('{callId}', known.callId)
      .replace('{id}', known.id)
      .replace('{name}', 'one')
      .replace('{clientId}', 'emulator-app')
    const answer = await ask(method.toUpperCase(), `/_emulator${filled}`, { body })
    const validate = described(`/_emulator${path.split('?')[0]}`, method, answer.status)
    t.ok(validate(answer.body), `${method} ${path} ${answer.status} ${JSON.stringify(validate.errors)}`)
  }
})

/** An operation of a document, with what the tests of examples read. */
interface Documented {
  document: string
  method: string
  path: string
  operation: {
    operationId: string
    parameters?: {
      name: string
      in: string
      example?: unknown
      required: boolean
      schema: Example & { default?: unknown }
    }[]
    requestBody?: {
      content: Record<
        string,
        Example & { schema?: { properties?: object }; examples?: Record<string, { value: unknown }> }
      >
    }
    responses: Record<string, { content?: Record<string, Example> }>
    'x-example-after'?: string[]
  }
}
interface Example {
  example?: unknown
  examples?: unknown
}

/** Every operation of both documents. */
const documentedOperations = (): Documented[] =>
  ['uapi', 'control'].flatMap(document =>
    Object.entries<Record<string, Documented['operation']>>(
      JSON.parse(read(`docs/openapi/${document}.json`)).paths
    ).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ document, method, path, operation }))
    )
  )

/** The request that the pages of a document prefill. @param name that of one of several bodies */
function prefilled({ path, method, operation, document }: Documented, name?: string): [string, RequestInit] {
  const { parameters = [], requestBody } = operation
  const sent = parameters.flatMap(({ name, in: place, example, schema }) => {
    const value = example ?? schema.default
    return value === undefined ? [] : [{ name, place, value: String(value) }]
  })
  const of = (place: string) => sent.filter(parameter => parameter.place === place)
  const filled = of('path').reduce(
    (text, { name, value }) => text.replace(`{${name}}`, encodeURIComponent(value)),
    path
  )
  const query = new URLSearchParams(Object.fromEntries(of('query').map(({ name, value }) => [name, value])))
  const [[type, media] = []] = Object.entries(requestBody?.content ?? {})
  const value =
    media?.example ?? (name === undefined ? Object.values(media?.examples ?? {})[0] : media?.examples?.[name])
  const body = media?.example ?? Reflect.get(Object(value), 'value')
  const headers = {
    ...(type !== undefined && { 'content-type': type }),
    ...(document === 'uapi' && path.startsWith('/uapi') && { authorization: 'Bearer emulator-user-token' })
  }
  const fields = Object.entries<Example>(Object(media?.schema?.properties)).map(([name, { example }]) => [
    name,
    example
  ])
  const encoded = type?.endsWith('json') ? JSON.stringify(body) : new URLSearchParams(Object.fromEntries(fields))
  return [
    `${filled}?${query}`.replace(/\?$/, ''),
    { method: method.toUpperCase(), headers, ...(requestBody && { body: encoded }) }
  ]
}

t.test('each request of both documents succeeds as it is prefilled, with the default fixture', async t => {
  const operations = documentedOperations()
  const byId = new Map(operations.map(documented => [documented.operation.operationId, documented]))
  t.equal(byId.size, operations.length, 'names are unique over both')
  const unchanged = await start(t) // for those that only read; each other one has its own
  for (const documented of operations) {
    const { operationId, requestBody, 'x-example-after': after = [] } = documented.operation
    const [media] = Object.values(requestBody?.content ?? {})
    for (const name of media?.examples === undefined ? [undefined] : Object.keys(media.examples)) {
      const { url } = documented.method === 'get' && after.length === 0 ? unchanged : await start(t)
      const send = async (one: Documented, body?: string) => {
        const [path, init] = prefilled(one, body)
        return fetch(url + path, init)
      }
      for (const step of after) {
        const [id = '', body] = step.split(' ')
        const before = byId.get(id)
        if (before === undefined) throw new Error(`${operationId} comes after ${id}, which no document has`)
        const answer = await send(before, body)
        t.ok(answer.ok, `${operationId}, before it ${step}: ${answer.status} ${await answer.text()}`)
      }
      const answer = await send(documented, name)
      const shown = operationId === 'getStream' ? '' : await answer.text()
      t.ok(answer.ok, `${operationId} ${name ?? ''} ${answer.status} ${answer.ok ? '' : shown}`)
      t.ok(answer.status in documented.operation.responses, `${operationId} ${answer.status} is described`)
      if (operationId === 'getStream') await answer.body?.cancel()
    }
  }
})

t.test('parameters, bodies and answers of both documents have examples that their schemas accept', async t => {
  for (const name of ['uapi', 'control']) {
    const schemaAt = await compilerOf(JSON.parse(read(`docs/openapi/${name}.json`)))
    const check = (what: string, value: unknown, ...place: (string | number)[]) => {
      const validate = schemaAt(...place)
      t.ok(
        value !== undefined && validate(value),
        `${what} ${JSON.stringify(value)} ${JSON.stringify(validate.errors)}`
      )
    }
    for (const { document, method, path, operation } of documentedOperations()) {
      if (document !== name) continue
      const at = ['paths', path, method] as const
      const { operationId, parameters = [], requestBody, responses } = operation
      for (const [index, { name, required, example, schema }] of parameters.entries()) {
        const values = [example, schema.default, ...[schema.examples].flat()].filter(value => value !== undefined)
        t.ok(values.length > 0, `${operationId} ${name} has an example`)
        for (const value of values) check(`${operationId} ${name}`, value, ...at, 'parameters', index, 'schema')
        if (required) t.equal(schema.default, undefined, `${operationId} ${name} is not required with a default`)
      }
      for (const [type, { example, examples }] of Object.entries(requestBody?.content ?? {}))
        for (const value of examples ? Object.values(examples).map(({ value }) => value) : [example])
          check(`${operationId} body`, value, ...at, 'requestBody', 'content', type, 'schema')
      for (const [status, { content = {} }] of Object.entries(responses))
        for (const [type, { example }] of Object.entries(content))
          check(`${operationId} ${status}`, example, ...at, 'responses', status, 'content', type, 'schema')
    }
  }
})

t.test('no named schema of the documents has a member with a default that may be absent', async t => {
  const found: string[] = []
  const look = (schema: unknown, place: string): void => {
    const { properties = {}, required = [], items, anyOf = [] } = Object(schema)
    for (const [name, member] of Object.entries(properties)) {
      if ('default' in Object(member) && !required.includes(name)) found.push(`${place}.${name}`)
      look(member, `${place}.${name}`)
    }
    for (const part of [items, ...anyOf]) if (part !== undefined) look(part, place)
  }
  for (const name of ['uapi', 'control'])
    for (const [key, schema] of Object.entries(JSON.parse(read(`docs/openapi/${name}.json`)).components.schemas))
      look(schema, key)
  t.strictSame(found, [], 'generators of clients take it for one that is always there')
})

/**
 * The webhooks that a receiver gets when an extension calls another one and a number outside: every form that they have.
 * @source call-events.md §2 (recorded): the order of parameters, and which are left out
 */
async function webhooksOf(t: Test, method: '0' | '1', settings: Partial<Settings>) {
  const receiver = await receive(t)
  const phoneCallEvents = EVENT_TYPES.flatMap(({ code }) =>
    ['0003*210', '0003*211'].map(extension => ({ extension, type: code, method, url: receiver.url }))
  )
  const { ask } = await start(t, { fixture: { ...readFixture('default'), phoneCallEvents, settings } })
  for (const to of ['0003*210', '+40700000001']) {
    await ask('POST', '/_emulator/calls', { body: { from: '0003*211', to } })
    await ask('GET', '/_emulator/idle?timeoutMs=5000')
  }
  const { deliveries } = (await ask('GET', '/_emulator/deliveries')).body
  t.equal(receiver.received.length, 9)
  return receiver.received.map((request, index): { moment: string; parameters: Record<string, string> } => ({
    moment: deliveries[index].moment,
    parameters: receiver.parametersOf(request)
  }))
}

/** A parameter of a webhook in the document. */
interface Described {
  name: string
  required: boolean
  schema: { enum?: string[] }
}

/** The parameters of a webhook in the document, by GET or by POST. */
// biome-ignore lint/suspicious/noExplicitAny: it is a JSON document
function describedBy({ get, post }: Record<string, any>, method: '0' | '1'): Described[] {
  if (method === '0') return get.parameters
  const { properties, required } = post.requestBody.content['application/x-www-form-urlencoded'].schema
  return Object.entries<Described['schema']>(properties).map(([name, schema]) => ({
    name,
    required: required.includes(name),
    schema
  }))
}

t.test('the document of the service describes the webhooks of every moment, as they are sent', async t => {
  const { webhooks } = JSON.parse(read('docs/openapi/uapi.json'))
  t.strictSame(
    Object.keys(webhooks),
    EVENT_TYPES.map(({ name }) => name)
  )
  for (const [method, settings] of [
    ['0', {}],
    ['1', {}],
    ['0', { callFlowCase: 'upper', hangupStatus: 'unknown', absentParameters: 'empty' }],
    ['1', { callFlowCase: 'upper', hangupStatus: 'hangup', absentParameters: 'empty' }]
  ] as const) {
    const sent = await webhooksOf(t, method, settings)
    for (const [moment, webhook] of Object.entries<Record<string, unknown>>(webhooks)) {
      const described = describedBy(webhook, method)
      const ofMoment = sent.filter(({ moment: name }) => name === moment).map(({ parameters }) => parameters)
      for (const parameters of ofMoment) {
        const names = described.map(({ name }) => name).filter(name => name in parameters)
        t.strictSame(Object.keys(parameters), names, `${moment}: in the order of the document`)
      }
      for (const { name, required, schema } of described) {
        const values = ofMoment.flatMap(parameters => parameters[name] ?? [])
        const isAlwaysSent = values.length === ofMoment.length
        t.equal(isAlwaysSent, required || 'absentParameters' in settings, `${moment}: whether ${name} is always sent`)
        for (const value of values) t.ok(schema.enum?.includes(value) ?? true, `${moment}: ${name} ${value}`)
      }
    }
  }
})

t.test('the table of settings in the contract has every setting with its values, the default first', t => {
  const [, table = ''] = /^## 4\. .*?\n\| setting \|.*?\n((?:\|.*\n)+)/ms.exec(read('docs/contract.md')) ?? []
  const rows = new Map(
    [...table.matchAll(/^\| `(\w+)` \| (.*?) \|/gm)].map(([, name = '', values = '']) => [name, values])
  )
  t.strictSame([...rows.keys()], Object.keys(DEFAULT_SETTINGS))
  for (const [name, schema] of Object.entries(Settings.properties)) {
    const values = rows.get(name) ?? ''
    const first = String(DEFAULT_SETTINGS[name as keyof Settings])
    t.ok(values.startsWith(`\`${first}\``), `${name}: ${first} is first`)
    const all: unknown[] = 'enum' in schema ? schema.enum : []
    for (const value of all) t.ok(values.includes(`\`${value}\``), `${name}: ${value}`)
  }
  t.end()
})

t.test('every section of our documents that the source cites exists', async t => {
  const headings = [...read('docs/control-api.md').matchAll(/^## (.*)$/gm)].map(([, heading]) => heading)
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).filter(file =>
    file.endsWith('.ts')
  )
  for (const file of sources) {
    for (const [, cited = ''] of read(join('src', file)).matchAll(/control-api\.md ((?:"[^"]+"(?:, )?)+)/g)) {
      for (const [, section] of cited.matchAll(/"([^"]+)"/g)) t.ok(headings.includes(section), `${file}: ${section}`)
    }
  }
})

t.test('unknown paths of the documentation pages are refused with an error of the control API', async t => {
  const { ask } = await start(t)
  const answer = await ask('GET', '/_emulator/docs/nothing.js', { as: null })
  t.match(answer, { status: 404, body: { error: { code: 'route_unknown' } }, reason: 'route_unknown' })
  t.ok(answer.headers.get('x-emulator-request-id'))
})

t.test('an unknown query parameter of the control API is refused', async t => {
  const { ask } = await start(t)
  for (const path of ['/_emulator/health', '/_emulator/openapi/uapi.json']) {
    t.match(await ask('GET', `${path}?nope=1`), { status: 400, reason: 'query_unknown' }, path)
  }
})

t.test('the documents of a sandbox name the sandbox as their server', async t => {
  const { ask } = await start(t)
  await ask('POST', '/_emulator/sandboxes', { body: { name: 'worker-1' } })
  for (const path of ['/_emulator/openapi/control.json', '/_emulator/openapi/uapi.json', '/_emulator/docs/json']) {
    const { body: own } = await ask('GET', `/sandboxes/worker-1${path}`)
    t.strictSame(own.servers, [{ url: '/sandboxes/worker-1', description: 'this sandbox' }], path)
    const { body: root } = await ask('GET', path)
    t.strictSame(root.servers, [{ url: '/', description: 'this emulator' }], path)
    t.strictSame({ ...own, servers: root.servers }, root, 'and are the same otherwise')
  }
})

t.test('the served document of the service describes the list of the setting listEnvelope', async t => {
  const { ask } = await start(t)
  const Collection = { $ref: '#/components/schemas/PhoneCallEventCollection' }
  for (const listEnvelope of ['object', 'array'] as const) {
    await ask('PATCH', '/_emulator/settings', { body: { listEnvelope } })
    for (const document of ['/_emulator/openapi/uapi.json', '/_emulator/docs/json']) {
      const { body } = await ask('GET', document)
      for (const end of ['', '/{eventType}', '/{eventType}/{eventId}']) {
        const path = `/uapi/extensions/{userId}/{extension}/phoneCallEvents${end}`
        const { schema, example } = body.paths[path].get.responses[200].content['application/json']
        const expected = listEnvelope === 'object' ? Collection : { type: 'array', items: Collection }
        t.match(schema, expected, `${listEnvelope}: ${document} ${path}`)
        t.equal('type' in schema, listEnvelope === 'array')
        t.equal(Array.isArray(example), listEnvelope === 'array')
      }
    }
  }
})

t.test(
  'every operation documents what the server refuses before it is reached, and the bounds of its body',
  async t => {
    const { ask } = await start(t)
    for (const name of ['uapi', 'control']) {
      const { body } = await ask('GET', `/_emulator/openapi/${name}.json`)
      for (const { path, method, spec } of operationsOf(name, body)) {
        for (const status of [400, 403, 404, 408, 413, 414, 431, 500, 501])
          t.ok(spec.responses[status], `${name} ${method} ${path}: ${status}`)
        t.match(spec.responses[413].description, /A body may have [\d,]+ bytes, 64 levels, [\d,]+ members in an object/)
      }
    }
  }
)

t.test('the documentation pages are served with all their files', async t => {
  const { ask } = await start(t)
  const page = await ask('GET', '/_emulator/docs', { as: null })
  t.equal(page.status, 200)
  t.match(page.headers.get('content-type'), 'text/html')
  const parts = [...page.text.matchAll(/(?:src=|href=|url\()"([^"]+)"/g)].map(
    ([, part = '']) => new URL(part, 'http://x/_emulator/docs').pathname
  )
  for (const part of [
    '/',
    '/_emulator/docs/static/swagger-ui.css',
    '/_emulator/page/docs.css',
    '/_emulator/page/icon.svg'
  ])
    t.ok(parts.includes(part), part)
  t.ok(parts.length > 6)
  for (const part of parts) t.equal((await ask('GET', part, { as: null })).status, 200, part)
  t.notMatch(page.text, /https?:\/\//, 'nothing is loaded from other hosts')

  const { text: script, headers } = await ask('GET', '/_emulator/docs/static/swagger-initializer.js', { as: null })
  t.match(headers.get('content-type'), 'javascript')
  t.match(script, /'emulator-user-token'/, 'the token of the default fixture is filled in')
  for (const name of ['uapi', 'control']) t.match(page.text, `<option value="${name}">`, 'both documents can be chosen')
  const slashed = await ask('GET', '/_emulator/docs/', { as: null })
  t.match(slashed.text, 'href="../../_emulator/page/docs.css"', 'its files are found behind a slash, too')
})

t.test('the built program, a bundle, serves both documents and the pages with all their files', async t => {
  const { url } = await serve(t, ['--database', ':memory:'])
  const page = await call(`${url}/_emulator/docs`)
  const parts = [...page.text.matchAll(/(?:src=|href=|url\()"([^"]+)"/g)].map(
    ([, part = '']) => new URL(part, `${url}/_emulator/docs`).pathname
  )
  t.ok(parts.length > 6, page.text)
  for (const path of ['/_emulator/openapi/uapi.json', '/_emulator/openapi/control.json', ...parts])
    t.equal((await call(url + path)).status, 200, path)
})

t.test('both documents can be imported from the package', t => {
  const { exports } = JSON.parse(read('package.json'))
  for (const name of ['uapi', 'control'])
    t.equal(JSON.parse(read(exports[`./openapi/${name}.json`])).openapi, '3.1.0', name)
  t.end()
})

t.test('the README', async t => {
  const readme = read('README.md')

  t.test('leads to every setting, and its environment name', async t => {
    const settings = read('docs/settings.md')
    for (const setting of Object.values(SERVE_OPTIONS)) {
      t.ok(settings.includes(`--${setting.flag}`), setting.flag)
      t.ok(settings.includes(environmentName(setting)), environmentName(setting))
    }
  })

  t.test('has at most 150 lines', async t => t.ok(readme.split('\n').length <= 151))

  t.test('links only to files that exist', async t => {
    for (const [, link = ''] of readme.matchAll(/\]\(([^)#]+)\)/g)) {
      if (!link.startsWith('http'))
        t.ok(readdirSync(join(ROOT, link, '..')).includes(link.split('/').at(-1) ?? ''), link)
    }
  })

  t.test('has a fixture that loads, and cURL commands that work as printed', async t => {
    const blocks = [...(readme + read('docs/fixtures.md')).matchAll(/```(\w+)\n(.*?)```/gs)].map(
      ([, language, text]) => ({
        language,
        text: text ?? ''
      })
    )
    const fixture = blocks.find(({ language, text }) => language === 'json' && text.includes('$schema'))
    t.equal(
      (await (await start(t, { fixture: JSON.parse(fixture?.text ?? '') })).ask('GET', EVENTS, { as: null })).status,
      401
    )

    const receiver = await receive(t)
    const { url } = await start(t)
    const lines = blocks.filter(
      ({ language, text }) =>
        language === 'sh' && /^(?:curl|node dist\/main.js phone)/.test(text) && !text.includes('--cacert')
    )
    t.equal(lines.length, 4)
    const printed: string[] = []
    for (const { text } of lines) {
      const here = text.replaceAll('http://127.0.0.1:4772', url).replaceAll('http://127.0.0.1:4773', receiver.url)
      printed.push(await execute(here, { UAPI_EMULATOR_URL: url }))
    }
    t.match(printed[0], /^\{"PhoneCallEvent":\{"type":"0"/)
    t.match(printed[0], /GET .*\/ringing → delivered/)
    t.match(
      printed[1],
      /^\+40700000001 {2}answered {2}rings 2s, .*\n\[\{"id":"\w+",.*\{"startIndex":0.*"entry":\[\{"id"/s
    )
    t.match(printed[2], /"verified":true/)
    t.match(printed[3], /"access_token":"[A-Za-z0-9]{40}"/)
    t.match(printed[3], /"entry":\[\{"id":"/)
    const [ringing] = receiver.received
    t.match(ringing && receiver.parametersOf(ringing), { CallerIDName: 'Ana', CallStatus: 'CALLING', CallFlow: 'in' })
  })

  t.test('leads to the benchmark, which was measured in full', async t => {
    t.ok(readme.includes('(docs/benchmarks.md)'))
    const benchmarks = read('docs/benchmarks.md')
    t.match(benchmarks, /^Measured on \d{4}-\d\d-\d\d, .* in full: Node .* cores of .*$/m)
    t.match(benchmarks, /^## What it has to reach\n\n(?:\|.*\|\n){3,}\n/m)
  })

  t.test('leads to every command', async t => {
    const commands = read('docs/commands.md')
    for (const { name } of COMMANDS) t.ok(commands.includes(`uapi-emulator ${name}`), name)
  })
})

t.test('the changelog has its headings, and every decision its parts and at most forty lines', async t => {
  t.match(read('CHANGELOG.md'), /^# Changelog\n\n## .*?### Added.*?### Fidelity/s)
  const files = readdirSync(join(ROOT, 'docs/decisions'))
  for (const [index, file] of files.sort().entries()) {
    const text = read(`docs/decisions/${file}`)
    t.match(file, new RegExp(`^${String(index + 1).padStart(4, '0')}-[a-z0-9-]+\\.md$`))
    t.ok(text.split('\n').length <= 41, file)
    for (const part of ['Question', 'Evidence', 'Decision', 'Consequences', 'How we would know it is wrong']) {
      t.ok(text.includes(`**${part}.**`), `${file}: ${part}`)
    }
  }
})

t.test('every @assumed names a decision that exists', async t => {
  const files = readdirSync(join(ROOT, 'docs/decisions'))
  const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).filter(file =>
    file.endsWith('.ts')
  )
  const named = sources.flatMap(file =>
    [...read(join('src', file)).matchAll(/@assumed ((?:\d{4}(?:, )?)+)/g)].flatMap(([, numbers = '']) =>
      numbers.split(', ')
    )
  )
  t.ok(named.length > 5)
  for (const number of named)
    t.ok(
      files.some(file => file.startsWith(number)),
      number
    )
})

/** Runs lines of POSIX shell. Asynchronously: the server is in this process. */
async function execute(lines: string, env: Record<string, string>): Promise<string> {
  const { stdout } = await promisify(execFile)('sh', ['-e', '-c', lines], {
    cwd: ROOT,
    env: { ...process.env, ...env }
  })
  return stdout
}

t.test('the source of each reason can be found: a section of a document, a decision, or a standard', async t => {
  const DOCUMENTS: Record<string, string> = {
    contract: 'docs/contract.md',
    'phone-calls': 'docs/phone-calls.md',
    'control-api': 'docs/control-api.md'
  }
  const decisions = readdirSync(join(ROOT, 'docs', 'decisions'))
  for (const [reason, { meaning, source }] of Object.entries(REASONS)) {
    t.match(meaning, /^[^A-Z].*[^.]$/, `${reason} has a meaning that fits into a sentence`)
    const [, document = '', number, heading] = /^([a-z-]+) (?:§(\d)|"([\w ]+)")$/.exec(source) ?? []
    const path = DOCUMENTS[document]
    const title = number === undefined ? heading : `${number}\\. `
    if (path !== undefined) t.match(read(path), new RegExp(`^## ${title}`, 'm'), `${reason}: ${source}`)
    else if (source.startsWith('assumed '))
      t.ok(
        decisions.some(file => file.startsWith(`${source.slice(8)}-`)),
        source
      )
    else t.match(source, /^(?:page "Create › Path Parameters"|(?:HTTP|OAuth) \(RFC \d{4}\))$/, reason)
  }
})
