import { execFile, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createConfig, lintFromString } from '@redocly/openapi-core'
import { Validator } from '@seriousme/openapi-schema-validator'
import t from 'tap'
import { environmentName, SETTINGS } from '../src/config.js'
import { UAPI_ERRORS } from '../src/domain/errors.js'
import { EVENTS, NEW_EVENT, PAGE_EVENT, start } from './support/emulator.js'

const ROOT = join(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')

t.test('what is made from the source is what the source makes: npm run generate would change nothing', async t => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/generate.mjs', '--check'], {
    cwd: ROOT,
    encoding: 'utf8'
  })
  t.equal(status, 0, stdout + stderr)
})

t.test('the OpenAPI document', async t => {
  const { ask } = await start(t)
  const { status, text, body: served } = await ask('GET', '/_emulator/openapi/uapi.json')
  t.equal(status, 200)

  t.test('is the one that is checked in', async t => {
    t.strictSame(served, JSON.parse(read('docs/openapi/uapi.json')))
    t.equal(served.openapi, '3.1.0')
  })

  t.test('is valid by two validators', async t => {
    const { valid, errors } = await new Validator().validate(served)
    t.ok(valid, JSON.stringify(errors))
    const problems = await lintFromString({ source: text, config: await createConfig({ extends: ['spec'] }) })
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
    const paths = [base, `${base}/{eventType}`, `${base}/{eventType}/{eventId}`]
    const expected = [
      ...paths.flatMap(path => ['GET', 'PUT', 'DELETE'].map(method => `${method} ${path}`)),
      ...paths.slice(0, 2).map(path => `POST ${path}`)
    ]
    t.strictSame(routes.sort(), expected.sort())
    const documented = JSON.stringify(served.paths)
    // What is no route has no place in a document of routes.
    for (const code of Object.keys(UAPI_ERRORS).filter(code => code !== 'request_not_implemented')) {
      t.match(documented, code, code)
    }
    const { parameters } = served.paths[`${base}/{eventType}/{eventId}`].get
    const names = parameters.map(({ name }: { name: string }) => name)
    for (const name of [
      'count',
      'startIndex',
      'filterBy',
      'filterOp',
      'filterValue',
      'fields',
      'sortOrder',
      'userId',
      'extension',
      'eventType',
      'eventId'
    ]) {
      t.ok(names.includes(name), name)
    }
  })

  t.test('describes what is really answered', async t => {
    const { default: Ajv } = await import('ajv/dist/2020.js')
    const ajv = new Ajv.default({ strict: false })
    ajv.addSchema(served, 'document')
    const shapeOf = (path: string, method: string, status: number) => {
      const pointer = [
        'paths',
        path.replaceAll('~', '~0').replaceAll('/', '~1'),
        method,
        'responses',
        status,
        'content',
        'application~1json',
        'schema'
      ]
      return ajv.compile({ $ref: `document#/${pointer.map(encodeURIComponent).join('/')}` })
    }
    const base = '/uapi/extensions/{userId}/{extension}/phoneCallEvents'
    for (const [method, path, route, body] of [
      ['POST', `${EVENTS}/1`, `${base}/{eventType}`, NEW_EVENT],
      ['GET', EVENTS, base, undefined],
      ['GET', `${EVENTS}?fields=id&count=1`, base, undefined],
      ['GET', `${EVENTS}?count=0`, base, undefined],
      ['PUT', `${EVENTS}/0/${PAGE_EVENT}`, `${base}/{eventType}/{eventId}`, {}],
      ['PUT', `${EVENTS}/0/unknown`, `${base}/{eventType}/{eventId}`, {}],
      ['DELETE', EVENTS, base, undefined]
    ] as const) {
      const answer = await ask(method, path, { body })
      const validate = shapeOf(route, method.toLowerCase(), answer.status)
      t.ok(validate(answer.body), `${method} ${path} ${answer.status} ${JSON.stringify(validate.errors)}`)
    }
  })
})

t.test('every section of a document of ours that the source cites is there', async t => {
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

t.test('what the pages of the documents do not have is refused in our own shape', async t => {
  const { ask } = await start(t)
  const answer = await ask('GET', '/_emulator/docs/nothing.js', { as: null })
  t.match(answer, { status: 404, body: { error: { code: 'route_unknown' } }, reason: 'route_unknown' })
  t.ok(answer.headers.get('x-emulator-request-id'))
})

t.test('a query name that our own calls do not know is refused', async t => {
  const { ask } = await start(t)
  for (const path of ['/_emulator/health', '/_emulator/openapi/uapi.json']) {
    t.match(await ask('GET', `${path}?nope=1`), { status: 400, reason: 'query_unknown' }, path)
  }
})

t.test('the pages of the documents are served with everything they need', async t => {
  const { ask } = await start(t)
  const page = await ask('GET', '/_emulator/docs', { as: null })
  t.equal(page.status, 200)
  t.match(page.headers.get('content-type'), 'text/html')
  const parts = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(
    ([, part = '']) => new URL(part, 'http://x/_emulator/docs/').pathname
  )
  t.ok(parts.length > 3)
  for (const part of parts) t.equal((await ask('GET', part, { as: null })).status, 200, part)
  t.notMatch(page.text, /https?:\/\//, 'nothing comes from elsewhere')
})

t.test('the README', async t => {
  const readme = read('README.md')

  t.test('names every setting, and its environment name', async t => {
    for (const setting of Object.values(SETTINGS)) {
      t.ok(readme.includes(`--${setting.flag}`), setting.flag)
      t.ok(readme.includes(environmentName(setting)), environmentName(setting))
    }
  })

  t.test('leads only to files that are there', async t => {
    for (const [, link = ''] of readme.matchAll(/\]\(([^)#]+)\)/g)) {
      if (!link.startsWith('http'))
        t.ok(readdirSync(join(ROOT, link, '..')).includes(link.split('/').at(-1) ?? ''), link)
    }
  })

  t.test('has a fixture that loads, and cURLs that work word for word', async t => {
    const blocks = [...readme.matchAll(/```(\w+)\n(.*?)```/gs)].map(([, language, text]) => ({
      language,
      text: text ?? ''
    }))
    const fixture = blocks.find(({ language, text }) => language === 'json' && text.includes('$schema'))
    t.equal(
      (await (await start(t, { fixture: JSON.parse(fixture?.text ?? '') })).ask('GET', EVENTS, { as: null })).status,
      401
    )

    const { url } = await start(t)
    const curls = blocks.filter(
      ({ language, text }) => language === 'sh' && text.startsWith('curl') && !text.includes('--cacert')
    )
    t.equal(curls.length, 2)
    const printed = await Promise.all(curls.map(({ text }) => execute(text.replaceAll('http://127.0.0.1:4772', url))))
    const answer = blocks.find(({ text }) => text.startsWith('{"PhoneCallEvent"'))?.text.trim() ?? ''
    const { PhoneCallEvent: shown } = JSON.parse(answer)
    const { PhoneCallEvent: came } = JSON.parse(printed[0] ?? '')
    const unsteady = { id: '', modified: '', links: {} }
    t.strictSame({ ...came, ...unsteady }, { ...shown, ...unsteady }, 'and print what it shows')
    t.match(printed[1], /"access_token":"[A-Za-z0-9]{40}"/)
    t.match(printed[1], /"entry":\[\{"id":"/)
  })
})

t.test('the application of the compose example does what its README shows', async t => {
  const { url } = await start(t)
  const environment = { ...process.env, UAPI_URL: url }
  const { stdout } = await promisify(execFile)(process.execPath, ['examples/compose/app.mjs'], {
    cwd: ROOT,
    env: environment
  })
  const lines = (text: string) => text.trim().replaceAll(/[A-Za-z0-9]{30}/g, '(id)')
  const [, shown = ''] = /```\n(created .*?)```/s.exec(read('examples/compose/README.md')) ?? []
  t.equal(lines(stdout), lines(shown))
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

/** Runs shell lines that hold nothing but a POSIX shell's words. The server is in this process, so not synchronously. */
async function execute(lines: string): Promise<string> {
  const { stdout } = await promisify(execFile)('sh', ['-c', lines])
  return stdout
}
