// Generates requests from OpenAPI documents: valid, nearly valid, and wrong in each part. The same seed gives the same
// requests, as long as the answers that ids are taken from are the same.

import { createValues } from './values.mjs'

/** A secret that is only ever sent as a credential: no answer may have it. */
export const CANARY = 'fuzzcanary0123456789'

/** A generator of numbers from 0 to 1, the same for the same seed (mulberry32). */
export function createRandom(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Every operation of a document: `{ document, path, method, spec, schemas }`. */
export const operationsOf = (name, document) =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, spec]) => ({
      document: name,
      path,
      method: method.toUpperCase(),
      spec,
      schemas: document.components?.schemas ?? {}
    }))
  )

/** The operation of a request's path and method, whatever operation it was generated for; undefined when there is none. */
export function operationAt(operations, { method, path }) {
  const parts = path.split('?')[0].replace(/\/$/, '').split('/')
  const matches = template => {
    const names = template.split('/')
    return names.length === parts.length && names.every((name, at) => name === parts[at] || isFilled(name, parts[at]))
  }
  const found = operations.filter(operation => operation.method === method && matches(operation.path))
  const parameters = ({ path: template }) => template.split('{').length
  return found.sort((one, other) => parameters(one) - parameters(other))[0]
}

const isFilled = (name, part) => name.startsWith('{') && part !== ''

/**
 * Creates a function that gives the next request: `{ operation, method, path, query, headers, body, kind }`.
 * @param known values of earlier answers by the name of a parameter, such as `callId`
 */
export function createGenerator(operations, random, known) {
  const pick = list => list[Math.floor(random() * list.length)]
  const chance = part => random() < part
  const values = createValues(random, known)

  function next() {
    const operation = pick(operations)
    const { spec, path, method, document, schemas } = operation
    const request = { operation, method, path, query: [], headers: {}, body: undefined, kind: 'valid' }
    const parameters = spec.parameters ?? []
    for (const { name, in: place, required, schema, example } of parameters) {
      const value = () => String(values.parameter(name, schema, example, schemas))
      if (place === 'path') {
        const text = value().toWellFormed()
        request.path = request.path.replace(`{${name}}`, () => encodeURIComponent(text))
        if (text === '') request.isOtherPath = true // without a value it is that of another operation, or of none
      }
      if (place === 'query' && (required || chance(0.4) || name === 'timeoutMs')) request.query.push([name, value()])
      if (place === 'header' && chance(0.4)) request.headers[name] = value().replace(/[^\x20-\x7e]/g, '')
    }
    const [type, media] = Object.entries(spec.requestBody?.content ?? {})[0] ?? []
    if (type !== undefined) {
      const examples = Object.values(media.examples ?? {}).map(({ value }) => value)
      const ready = [...examples, ...(media.example === undefined ? [] : [media.example])]
      const value = ready.length > 0 && chance(0.4) ? structuredClone(pick(ready)) : values.of(media.schema, schemas)
      request.body = { type, value: values.bounded(value) }
      request.headers['content-type'] = type
    }
    authorize(request, document)
    if (chance(0.6)) spoil(request)
    return request
  }

  function authorize(request, document) {
    if (document !== 'uapi' || !request.path.startsWith('/uapi')) return
    const token = pick(['user', 'user', 'user', 'organization', 'administrator', 'other'])
    request.headers.authorization = `Bearer emulator-${token}-token`
  }

  /** Makes one part of a request wrong, or unusual. */
  function spoil(request) {
    const { spec } = request.operation
    const ways = [...ANY, ...(request.body ? OF_BODY : []), ...(spec.parameters?.length > 0 ? OF_QUERY : [])]
    request.kind = pick(ways)
    WAYS[request.kind](request)
  }

  const WAYS = {
    'no credentials': ({ headers }) => delete headers.authorization,
    'wrong token': ({ headers }) => {
      headers.authorization = `Bearer ${CANARY}`
    },
    'wrong scheme': ({ headers }) => {
      headers.authorization = pick([`Basic ${CANARY}`, 'Bearer', '', `Digest ${CANARY}`])
    },
    'wrong session': ({ headers }) => {
      delete headers.authorization
      headers.cookie = `vn=${CANARY}; xsrf-token=${CANARY}`
      if (chance(0.5)) headers['x-xsrf-token'] = CANARY
    },
    'token in the query': request => {
      delete request.headers.authorization
      request.query.push(['accessRequestToken', pick(['emulator-user-token', CANARY, ''])])
    },
    'foreign origin': ({ headers }) => {
      headers.origin = pick(['http://evil.test', 'null', 'http://localhost'])
    },
    'foreign site': ({ headers }) => {
      headers['sec-fetch-site'] = pick(['cross-site', 'same-site', 'none'])
    },
    'foreign host': ({ headers }) => {
      headers.host = pick(['evil.example.com', 'a b', 'localhost:1', '[::1]', ''])
    },
    'unknown query': request => request.query.push([pick(['nope', '__proto__', 'limit', 'a[b]']), values.text()]),
    'unknown sandbox': request => {
      request.path = `/sandboxes/${pick(['nobody', 'x%20y', '..', '%00'])}${request.path}`
    },
    'trailing slash': request => {
      request.path += '/'
    },
    'unusual path': request => {
      const parts = request.path.split('/')
      parts[2 + Math.floor(random() * (parts.length - 2))] = encodeURIComponent(values.text().toWellFormed())
      request.path = parts.join('/')
      request.isOtherPath = true
    },
    'undecodable path': request => {
      request.path += pick(['/%', '/%zz', '/%ff', '?a=%e0'])
      request.isOtherPath = true
    },
    'long target': request => request.query.push(['x', 'a'.repeat(9_000)]),
    'many headers': ({ headers }) => {
      for (let at = 0; at < 201; at++) headers[`x-${at}`] = '1'
    },
    'wrong query': request => {
      const [entry] = request.query.length > 0 ? [pick(request.query)] : []
      if (entry) entry[1] = values.text()
    },
    'query twice': request => {
      if (request.query.length > 0) request.query.push([...pick(request.query)])
    },
    'no body': request => {
      request.body = undefined
      delete request.headers['content-type']
    },
    'wrong type of content': ({ headers }) => {
      headers['content-type'] = pick([
        'text/plain',
        'application/xml',
        'multipart/form-data',
        'application/json; charset=latin1',
        'x'
      ])
    },
    'coded content': ({ headers }) => {
      headers['content-encoding'] = pick(['gzip', 'br', 'identity', 'x'])
    },
    'no JSON': request => {
      request.body.text = pick([
        '{',
        '[1,',
        'nope',
        '"a"',
        '5',
        'null',
        '[]',
        '\u0000',
        '{"a":1}}',
        '',
        '{"__proto__":{"a":1}}'
      ])
    },
    'wrong bytes': request => {
      request.body.bytes = pick([
        [0xff, 0xfe],
        [0x7b, 0x22, 0xc3, 0x22, 0x3a, 0x31, 0x7d],
        [0xef, 0xbb, 0xbf, 0x7b, 0x7d]
      ])
    },
    'deep body': request => {
      request.body.text = '['.repeat(pick([64, 65, 500])).padEnd(1_000, ']')
    },
    'wide body': request => {
      request.body.text = `{${Array.from({ length: 1_001 }, (_, at) => `"a${at}":0`).join()}}`
    },
    'large body': request => {
      request.body.text = `{"note":"${'x'.repeat(70_000)}"}`
    },
    'wrong member': request => {
      request.body.value = values.bounded(values.spoiled(request.body.value))
    },
    'several wrong members': request => {
      for (let at = 0; at < 3; at++) request.body.value = values.spoiled(request.body.value)
      request.body.value = values.bounded(request.body.value)
    }
  }
  const OF_BODY = Object.keys(WAYS).slice(-10)
  OF_BODY.push('wrong member', 'wrong member', 'wrong member', 'several wrong members')
  const OF_QUERY = ['wrong query', 'wrong query', 'query twice']
  const ANY = Object.keys(WAYS).filter(way => !OF_BODY.includes(way) && !OF_QUERY.includes(way))
  return next
}
