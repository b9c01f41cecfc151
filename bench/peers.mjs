// Other mock servers, with the same request: one event by its id. They are started as documented, without a log.
// peers/package.json names them; they are installed at their first use.
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { SCRATCH } from './databases.mjs'
import { printed } from './floors/listen.mjs'
import { LOADS, PATH, SESSION } from './loads.mjs'
import { ask, ROOT, startAndAsk } from './servers.mjs'

const at = path => join(import.meta.dirname, 'peers', path)
const PROGRAMS = {
  jsonServer: at('node_modules/json-server/lib/cli/bin.js'),
  prism: at('node_modules/@stoplight/prism-cli/dist/index.js'),
  wiremock: at('node_modules/wiremock/build') // the folder of its jar
}
const EVENTS = 1000

/** Starts one peer each, with the given events. @returns the server and the requests for the events */
export const PEERS = [
  { name: 'json-server', title: 'json-server 0.17', start: startJsonServer, unavailable: () => undefined },
  { name: 'prism', title: 'Prism 5.16', start: startPrism, unavailable: () => undefined },
  { name: 'wiremock', title: 'WireMock 3.13', start: startWireMock, unavailable: lacksJava }
]

/**
 * Installs the peers from their lockfile unless they are installed.
 * @returns the reason when they cannot be installed; the benchmark then continues without them
 */
export function installPeers({ say }) {
  if (isInstalled()) return undefined
  say('installing the peers from their lockfile')
  const { status, error, stderr } = npm('ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error')
  if (status === 0) return isInstalled() ? undefined : 'npm installed something else.'
  if (error) return `npm could not be run (${error.code}).`
  const code = /npm err(?:or|!) code (\w+)/i.exec(stderr)?.[1]
  if (/^(EAI_AGAIN|ENOTFOUND|ENETUNREACH|EHOSTUNREACH|ECONN\w+|E\w*TIMEDOUT|\w+_TIMEOUT)$/.test(code)) {
    return `No registry answered (${code}).`
  }
  return `npm could not install them (${code ?? `it ended with ${status}`}).`
}

/** npm writes its own copy of the lockfile when an installation is complete. */
function isInstalled() {
  return (
    Object.values(PROGRAMS).every(path => existsSync(path)) &&
    timeOf(at('node_modules/.package-lock.json')) >= timeOf(at('package-lock.json'))
  )
}

const timeOf = path => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0

/** Runs the npm that started this script; on Windows npm needs a shell. */
function npm(...words) {
  const cli = process.env.npm_execpath
  const options = { cwd: at('.'), stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' }
  if (cli) return spawnSync(process.execPath, [cli, ...words], options)
  return spawnSync('npm', words, { ...options, shell: process.platform === 'win32' })
}

function lacksJava() {
  return spawnSync('java', ['-version'], { stdio: 'ignore' }).status === 0 ? undefined : 'Java is not installed'
}

/** Serves as many events as the emulator has; the requested ones are of all ages. */
async function startJsonServer(sample) {
  const events = Array.from({ length: EVENTS }, (_, index) => eventOf({ type: '0', id: `other${index}` }))
  for (const [index, event] of sample.entries()) {
    events[Math.floor(((index + 0.5) / sample.length) * EVENTS)] = eventOf(event)
  }
  const file = join(scratchFolder('json-server'), 'db.json')
  writeFileSync(file, JSON.stringify({ phoneCallEvents: events }))
  const requests = sample.map(({ id }) => ({ method: 'GET', path: `/phoneCallEvents/${id}`, headers: SESSION }))
  return startPeer('json-server', requests, port => [
    process.execPath,
    [PROGRAMS.jsonServer, '--host', '127.0.0.1', '--port', port, '--quiet', file]
  ])
}

/** An event as it is sent, also by the canned floor. */
const eventOf = ({ type, id, url = printed.url }) => ({
  ...printed,
  type,
  id,
  url,
  links: { self: `${new URL(printed.links.self).origin}${PATH}/${type}/${id}` }
})

/**
 * Answers with examples of the document's schemas, always the same. `--multiprocess` is off because it only moves the
 * log, which is off, to a process of its own: only the first process would be measured.
 */
function startPrism(sample) {
  const document = join(ROOT, 'docs/openapi/uapi.json')
  return startPeer('prism', LOADS.one.requests(sample), port => [
    process.execPath,
    [PROGRAMS.prism, 'mock', '--port', port, '--verboseLevel', 'silent', '--no-multiprocess', document]
  ])
}

/**
 * Answers requests that match one stub with the floor's canned answer. The options that its documentation recommends
 * for load tests are set: no request journal, which would fill the memory, and no request log. All others, such as its
 * 25 threads and those of the virtual machine, are the defaults.
 */
function startWireMock(sample) {
  const folder = scratchFolder('wiremock')
  const entry = [{ startIndex: 0, totalResults: 1, itemsPerPage: 20, filtered: true, sorted: true, entry: [printed] }]
  const stub = {
    request: { method: 'GET', urlPathPattern: `${PATH.replace('*', '\\*')}/[0-4]/[A-Za-z0-9]{1,255}` },
    response: {
      status: 200,
      headers: { 'Content-Type': 'application/json; charset=utf-8' },
      body: JSON.stringify(entry)
    }
  }
  mkdirSync(join(folder, 'mappings'))
  writeFileSync(join(folder, 'mappings/one.json'), JSON.stringify(stub))
  const jar = readdirSync(PROGRAMS.wiremock).find(name => name.endsWith('.jar'))
  const quiet = ['--no-request-journal', '--disable-request-logging']
  return startPeer('wiremock', LOADS.one.requests(sample), port => [
    'java',
    [
      '-jar',
      join(PROGRAMS.wiremock, jar),
      '--bind-address',
      '127.0.0.1',
      '--port',
      port,
      '--root-dir',
      folder,
      ...quiet
    ]
  ])
}

const scratchFolder = name => mkdtempSync(join(SCRATCH, `${name}-`))

/** @throws when the first request is not answered with 200 and a body */
async function startPeer(name, requests, commandOf) {
  const port = String(await freePort())
  const [{ path, headers }] = requests
  const server = await startAndAsk(name, ...commandOf(port), { url: `http://127.0.0.1:${port}`, path, headers })
  const { status, text } = await ask(server.url + path, { headers })
  if (status === 200 && text !== '') return { server, requests }
  await server.stop()
  throw new Error(`${name} answered ${status}: ${text.slice(0, 300)}`)
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  server.close()
  await once(server, 'close')
  return port
}
