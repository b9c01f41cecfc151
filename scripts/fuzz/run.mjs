// Sends generated requests to an emulator, and holds each answer to the documents that it serves.
import { Agent, request as send } from 'node:http'
import { createGenerator, createRandom, operationAt, operationsOf } from './generate.mjs'
import { createJudge } from './judge.mjs'

/** Requests between two resets: state that a request changed is used by those that follow. */
const BETWEEN_RESETS = 100

/**
 * Runs requests one after the other.
 * @param options `url`, `requests`, `seed`, `Ajv`, `folder`, and `onProgress(done)`
 * @returns `{ failure?, statuses, kinds }`; a failure is `{ number, problem, curl }` of the smallest request that shows it
 */
export async function runFuzz({ url, requests, seed, Ajv, folder, onProgress = () => {} }) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const ask = message => exchange(url, agent, message)
  const control = async (method, path, value) => {
    const body = value && JSON.stringify(value)
    const headers = body ? { 'content-type': 'application/json' } : {}
    return JSON.parse((await ask({ method, target: `/_emulator${path}`, headers, body })).body || 'null')
  }
  const documents = {}
  const texts = new Map() // a document is compiled once, however often it is read
  const readDocuments = async () => {
    for (const name of ['uapi', 'control']) {
      const { body } = await ask({ method: 'GET', target: `/_emulator/openapi/${name}.json`, headers: {} })
      if (!texts.has(body)) texts.set(body, JSON.parse(body))
      documents[name] = texts.get(body)
    }
  }
  const known = { name: ['one'] }
  const reset = async () => {
    await control('POST', '/reset', {})
    for (const { name } of (await control('GET', '/sandboxes')).sandboxes) await control('DELETE', `/sandboxes/${name}`)
    for (const { name } of (await control('GET', '/snapshots')).snapshots) await control('DELETE', `/snapshots/${name}`)
    for (const name of Object.keys(known)) if (name !== 'name') delete known[name]
    await readDocuments()
  }

  const judge = createJudge(Ajv, folder)
  let operations = []
  const check = async request => {
    const answer = await ask(toMessage(request))
    const operation = request.isOtherPath ? operationAt(operations, request) : undefined
    const addressed = operation ? { ...request, operation, isOtherPath: false } : request
    const problem = judge(addressed, answer, documents[addressed.operation.document])
    return { answer, problem }
  }
  const statuses = new Map()
  const kinds = new Map()
  try {
    await reset()
    operations = Object.entries(documents).flatMap(([name, document]) => operationsOf(name, document))
    const next = createGenerator(operations, createRandom(seed), known)
    for (let number = 1; number <= requests; number++) {
      const request = next()
      const { answer, problem } = await check(request)
      count(statuses, answer.status)
      count(kinds, request.kind)
      if (problem !== undefined) {
        const smallest = await shrink(request, async smaller => (await check(smaller)).problem === problem)
        return { failure: { number, problem, curl: toCurl(url, toMessage(smallest)) }, statuses, kinds }
      }
      learn(known, answer)
      await settle(request, answer)
      if (number % BETWEEN_RESETS === 0) await reset()
      if (number % 1_000 === 0) onProgress(number)
    }
    return { statuses, kinds }
  } finally {
    agent.destroy()
  }

  /** Removes what a request left behind that would change the answers to others without their documents saying so. */
  async function settle({ operation: { spec } }, { status }) {
    if (status >= 300) return
    if (spec.operationId === 'addFault') await control('DELETE', '/faults')
    if (/^(?:changeSettings|resetState|loadFixture|restoreSnapshot)$/.test(spec.operationId)) {
      const { invalidTokenStatus } = await control('GET', '/settings')
      if (invalidTokenStatus >= 500) await control('PATCH', '/settings', { invalidTokenStatus: 401 })
      await readDocuments()
    }
  }
}

const count = (counts, key) => void counts.set(key, (counts.get(key) ?? 0) + 1)

/** Keeps ids of an answer, so that later requests address what exists. */
function learn(known, { status, body, headers }) {
  if (status >= 300 || !(headers['content-type'] ?? '').startsWith('application/json')) return
  for (const [, name, value] of body.matchAll(/"(id|callId|eventId|name|clientId|number)":"([^"\\]{1,60})"/g)) {
    const parameters = name === 'id' ? ['id', 'eventId', 'phoneCallId'] : [name]
    for (const parameter of parameters) known[parameter] = [value, ...(known[parameter] ?? [])].slice(0, 20)
  }
}

/** The request as it is sent. */
function toMessage({ method, path, query, headers, body }) {
  const search = new URLSearchParams(query).toString()
  const isForm = body?.type === 'application/x-www-form-urlencoded'
  const text =
    body && (body.text ?? (isForm ? new URLSearchParams(Object(body.value)).toString() : JSON.stringify(body.value)))
  const target = search === '' ? path : `${path}${path.includes('?') ? '&' : '?'}${search}`
  return { method, target, headers, body: body?.bytes ? Buffer.from(body.bytes) : text }
}

/** Sends a request. An endless answer (server-sent events) counts up to its headers. */
function exchange(url, agent, { method, target, headers, body }) {
  const { hostname, port } = new URL(url)
  return new Promise((done, fail) => {
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }
    const sent = send({ hostname, port, method, path: target, headers: { ...headers, ...length }, agent }, answer => {
      const head = { status: answer.statusCode ?? 0, headers: answer.headers }
      if (answer.headers['content-type']?.startsWith('text/event-stream')) {
        sent.destroy()
        return done({ ...head, body: '' })
      }
      const chunks = []
      answer.on('data', chunk => chunks.push(chunk))
      answer.on('end', () => done({ ...head, body: Buffer.concat(chunks).toString() }))
      answer.on('error', fail)
    })
    sent.setTimeout(30_000, () => sent.destroy(new Error(`${method} ${target} has no answer after 30 s`)))
    sent.on('error', fail)
    sent.end(body)
  })
}

/** Leaves out what a failure does not need: headers, query, members of the body. */
async function shrink(request, stillFails) {
  let smallest = request
  for (let isSmaller = true; isSmaller; ) {
    isSmaller = false
    for (const candidate of smallerOnes(smallest)) {
      if (!(await stillFails(candidate))) continue
      smallest = candidate
      isSmaller = true
      break
    }
  }
  return smallest
}

function* smallerOnes(request) {
  const { headers, query, body } = request
  if (body !== undefined) yield { ...request, body: undefined }
  for (const name of Object.keys(headers)) {
    const { [name]: _, ...rest } = headers
    yield { ...request, headers: rest }
  }
  for (const at of query.keys()) yield { ...request, query: query.toSpliced(at, 1) }
  if (body === undefined || body.text !== undefined || body.bytes !== undefined) return
  for (const value of smallerValues(body.value)) yield { ...request, body: { ...body, value } }
}

/** A value without one of its members, at any depth. */
function* smallerValues(value) {
  if (typeof value !== 'object' || value === null) return
  for (const key of Object.keys(value)) {
    if (Array.isArray(value)) yield value.toSpliced(Number(key), 1)
    else {
      const { [key]: _, ...rest } = value
      yield rest
    }
    for (const member of smallerValues(value[key])) {
      const copy = Array.isArray(value) ? [...value] : { ...value }
      copy[key] = member
      yield copy
    }
  }
}

const quote = text => `'${String(text).replaceAll("'", "'\\''")}'`

/** A request as a command for a shell. */
function toCurl(url, { method, target, headers, body }) {
  const parts = ['curl', '-i', '-X', method, '--path-as-is', quote(url + target)]
  for (const [name, value] of Object.entries(headers))
    parts.push('-H', quote(value === '' ? `${name};` : `${name}: ${value}`))
  if (typeof body === 'string') parts.push('--data-binary', quote(body))
  if (Buffer.isBuffer(body)) {
    const bytes = [...body].map(byte => `\\x${byte.toString(16).padStart(2, '0')}`).join('')
    return `printf '${bytes}' | ${[...parts, '--data-binary', '@-'].join(' ')}`
  }
  return parts.join(' ')
}
