import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'
import { COMMANDS } from '../src/cli/program.js'
import { createEmulator } from '../src/client/emulator.js'
import { SERVE_OPTIONS } from '../src/config.js'
import { environmentName } from '../src/option-table.js'
import { packagedFixtureNames } from '../src/package.js'
import { CONTROL_API } from '../src/schema/control-api.js'
import { readFixture, start } from './support/emulator.js'

const ROOT = join(import.meta.dirname, '..')
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')

/** The pages that are written by hand and stand outside of docs/, and that on continuous integration. */
const PAGES = ['llms.txt', 'docs/ci.md', 'CONTRIBUTING.md', 'SECURITY.md', 'README.md']
const PACKAGE = JSON.parse(read('package.json'))

/** The blocks of code of a page in a language. */
const blocks = (page: string, language: string): string[] =>
  [...read(page).matchAll(/^```(\w+)\n(.*?)^```/gms)].flatMap(([, name, text = '']) =>
    name === language ? [text] : []
  )

t.test('every link of a page leads to a file that exists', async t => {
  for (const page of [...PAGES, ...readdirSync(join(ROOT, 'examples')).map(name => `examples/${name}/README.md`)]) {
    for (const [, link = ''] of read(page).matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)) {
      if (!link.startsWith('http')) t.ok(existsSync(join(ROOT, page, '..', link)), `${page}: ${link}`)
    }
  }
})

t.test('every command, script, option and variable that a page names exists', async t => {
  const variables = Object.values(SERVE_OPTIONS).map(environmentName)
  for (const page of PAGES) {
    const text = read(page)
    const commands = [...text.matchAll(/(?:dist\/main\.js|npx uapi-emulator) ([a-z]+)([^`\n]*)/g)]
    for (const [line, name, rest = ''] of commands) {
      const command = COMMANDS.find(command => command.name === name)
      t.ok(command, `${page}: ${name}`)
      const flags = Object.values(command?.options ?? {}).flatMap(row => ('flag' in row ? [`--${row.flag}`] : []))
      for (const [, flag = ''] of rest.matchAll(/ (--[a-z-]+)/g)) t.ok(flags.includes(flag), `${page}: ${line}`)
    }
    for (const [, name = ''] of text.matchAll(/\bnpm (?:run|--prefix \S+ run) ([a-z:]+)/g))
      t.ok(name in PACKAGE.scripts, `${page}: npm run ${name}`)
    for (const [name] of text.matchAll(/\bUAPI_EMULATOR_(?!URL\b|REPOSITORY\b|BROWSER\b|REQUIRE_BROWSER\b)[A-Z_]+/g))
      t.ok(variables.includes(name), `${page}: ${name}`)
    for (const [, name = ''] of text.matchAll(/(?:--fixture |FIXTURE[=:] ?'?)([a-z-]+)/g))
      t.ok(packagedFixtureNames().includes(name), `${page}: fixture ${name}`)
  }
})

t.test('no page installs the package from a registry, which does not have it', async t => {
  for (const page of PAGES) {
    const installed = [...read(page).matchAll(/\b(?:npm install|npm i|yarn add|pnpm add)\b([^\n`]*)/g)]
    for (const [line, words = ''] of installed)
      t.notMatch(words, /(?:^|\s)uapi-emulator(?:@\S+)?(?:\s|$)/, `${page}: ${line}`)
    for (const text of blocks(page, 'sh')) t.notMatch(text, /^uapi-emulator\b/m, `${page}: it is not on the PATH`)
  }
  t.ok(read('README.md').includes(`uapi-emulator-${PACKAGE.version}.tgz`), 'the packed file has this version')
  t.ok(read('docs/ci.md').includes(`uapi-emulator-${PACKAGE.version}.tgz`))
})

t.test('llms.txt', async t => {
  const text = read('llms.txt')
  const calls = [
    ...text.matchAll(
      /^(\d+)\. (.+): (GET|POST|PUT) (\S+)\n +body (\{.*?\})(?:; client: emulator\.([\w.]+)\(.*|;.*)?$/gm
    )
  ]

  t.test('begins with a title and a summary, and has ten calls', async t => {
    t.match(text, /^# uapi-emulator\n\n> /)
    t.strictSame(
      calls.map(([, number]) => number),
      ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10']
    )
  })

  t.test('names operations of the control API and methods of the client', async t => {
    const operations = Object.values(CONTROL_API).map(({ method, path }) => `${method} /_emulator${path}`)
    const client = createEmulator('http://127.0.0.1:1', {})
    t.teardown(() => client.close())
    for (const [, , what, method, path = '', , name] of calls) {
      if (path.startsWith('/_emulator')) t.ok(operations.includes(`${method} ${path}`), `${what}: ${method} ${path}`)
      const member = (name?.split('.') ?? []).reduce<unknown>((value, key) => Reflect.get(Object(value), key), client)
      if (name !== undefined && name !== 'token') t.type(member, 'function', `${what}: emulator.${name}`)
    }
  })

  t.test('has bodies that are accepted, in their order', async t => {
    const { ask } = await start(t, { fixture: readFixture('clean') })
    for (const [, number, what, method = '', path = '', body = ''] of calls) {
      const sent = JSON.parse(body)
      if (path === '/_emulator/deliveries/verify') sent.timeoutMs = 0 // nothing is sent: the receiver is the reader's
      const { status, text: answer } = await ask(method, path, { body: sent })
      const expected = path === '/_emulator/deliveries/verify' ? [409, 422] : [200, 201]
      t.ok(
        expected.includes(status) || (path.endsWith('deliveries/verify') && /"verified":false/.test(answer)),
        `${number}. ${what}: ${status} ${answer}`
      )
    }
  })

  t.test('names credentials of its fixtures', async t => {
    for (const name of ['default', 'clean']) {
      const { tokens, apps, phoneCallEvents = [] } = readFixture(name)
      t.match(
        tokens?.find(({ accessToken }) => accessToken === 'emulator-user-token'),
        { user: '12' }
      )
      t.match(apps?.[0], { clientId: 'emulator-app', clientSecret: 'emulator-secret' })
      t.equal(phoneCallEvents.length, name === 'clean' ? 0 : 1)
    }
  })
})

t.test('docs/ci.md', async t => {
  const action = parse(read('action.yml'))
  const yaml = blocks('docs/ci.md', 'yaml').map(text => parse(text))
  const [workflow, gitlab, compose] = yaml

  t.test('has a workflow that uses the inputs and outputs of the action', async t => {
    t.equal(yaml.length, 3)
    const steps: { id?: string; uses?: string; with?: Record<string, unknown> }[] = workflow.jobs.test.steps
    const step = steps.find(({ id }) => id === 'pbx')
    t.match(step?.uses, /^OWNER\/uapi-emulator@/)
    for (const name of Object.keys(step?.with ?? {})) t.ok(name in action.inputs, name)
    const outputs = [...read('docs/ci.md').matchAll(/steps\.pbx\.outputs\.([a-z-]+)/g)].map(([, name = '']) => name)
    t.ok(outputs.length > 3)
    for (const name of outputs) t.ok(name in action.outputs, name)
  })

  t.test('has a table of all inputs, with their defaults, and names all outputs', async t => {
    const text = read('docs/ci.md')
    for (const [name, input] of Object.entries<{ default: string }>(action.inputs)) {
      const fallback = input.default === '' ? '' : `\`${input.default}\` `
      t.match(text, new RegExp(`^\\| \`${name}\` \\| .* \\| ${fallback}\\|$`, 'm'))
    }
    for (const name of Object.keys(action.outputs)) t.ok(text.includes(`\`${name}\``), name)
  })

  t.test('has a job of GitLab and services of compose', async t => {
    for (const line of gitlab.test.before_script) t.type(line, 'string')
    t.equal(compose.services.test.depends_on.emulator.condition, 'service_healthy')
    t.match(compose.services.emulator.environment, { UAPI_EMULATOR_FIXTURE: 'clean' })
  })

  t.test('states that Testcontainers is untested', async t =>
    t.match(read('docs/ci.md'), /## Testcontainers\n\nUntested: /)
  )
})

t.test('action.yml has a description for every input and output, and passes every input on', async t => {
  const { inputs, outputs, runs } = parse(read('action.yml'))
  t.equal(runs.using, 'composite')
  const start = runs.steps.find(({ id }: { id?: string }) => id === 'start')
  for (const [name, { description }] of Object.entries<{ description: string }>({ ...inputs, ...outputs }))
    t.ok(description, name)
  for (const name of Object.keys(inputs)) {
    const variable = `INPUT_${name.toUpperCase().replaceAll('-', '_')}`
    t.equal(start.env[variable], `\${{ inputs.${name} }}`)
    t.ok(read('scripts/action.mjs').includes(variable), variable)
  }
  for (const [name, { value }] of Object.entries<{ value: string }>(outputs))
    t.equal(value, `\${{ steps.start.outputs.${name} }}`)
  for (const { shell, run } of runs.steps) {
    t.equal(shell, 'bash')
    const [, script = ''] = /\$GITHUB_ACTION_PATH\/(\S+)"/.exec(run) ?? []
    t.ok(existsSync(join(ROOT, script)), script)
  }
})

t.test('CONTRIBUTING.md has at most forty lines', async t =>
  t.ok(read('CONTRIBUTING.md').trim().split('\n').length <= 40)
)
