// A minimal server: Fastify and better-sqlite3 with the emulator's statements and answers. It does not authenticate,
// validate or record.
// usage: node server.mjs DATABASE, which has to have a table phone_call_events: the emulator's, or one with a single index
import { randomBytes } from 'node:crypto'
import BetterSqlite3 from 'better-sqlite3'
import Fastify from 'fastify'

const [path] = process.argv.slice(2)
const sql = new BetterSqlite3(path)
sql.pragma('journal_mode = WAL')
sql.pragma('synchronous = NORMAL')

const COLUMNS = 'type, id, method, note, url, status, modified, user, extension'
const USER = '12' // the user of @me
const statements = {
  one: sql.prepare(`SELECT ${COLUMNS} FROM phone_call_events WHERE id = ?`),
  page: sql.prepare(
    `SELECT ${COLUMNS} FROM phone_call_events WHERE user = ? AND extension = ? ORDER BY url, id LIMIT ? OFFSET ?`
  ),
  total: sql.prepare('SELECT count(*) AS total FROM phone_call_events WHERE user = ? AND extension = ?'),
  filtered: sql.prepare(
    `SELECT ${COLUMNS} FROM phone_call_events WHERE user = ? AND extension = ? AND url = ? ORDER BY url, id LIMIT ? OFFSET ?`
  ),
  add: sql.prepare(`INSERT INTO phone_call_events (${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`),
  update: sql.prepare(
    'UPDATE phone_call_events SET method = ?, note = ?, url = ?, status = ?, modified = ? WHERE id = ?'
  ),
  remove: sql.prepare('DELETE FROM phone_call_events WHERE id = ?')
}

const text = { type: 'string' }
const event = {
  type: 'object',
  properties: {
    type: text,
    id: text,
    method: text,
    note: text,
    url: text,
    status: text,
    modified: text,
    links: { type: 'object', properties: { self: text } }
  }
}
const collection = {
  type: 'object',
  properties: {
    startIndex: { type: 'integer' },
    totalResults: { type: 'integer' },
    itemsPerPage: { type: 'integer' },
    filtered: { type: 'boolean' },
    sorted: { type: 'boolean' },
    paging: { type: 'object', properties: { prev: text, next: text } },
    entry: { type: 'array', items: event }
  }
}
const listed = { schema: { response: { 200: { type: 'array', items: collection } } } }
const written = { schema: { response: { 200: { type: 'object', properties: { PhoneCallEvent: event } } } } }

const app = Fastify({ routerOptions: { ignoreTrailingSlash: true } })
const PATH = '/uapi/extensions/:user/:extension/phoneCallEvents'
const base = request =>
  `http://${request.headers.host}/uapi/extensions/${request.params.user}/${request.params.extension}/phoneCallEvents`
const print = ({ user, extension, ...row }, request) => ({
  ...row,
  links: { self: `${base(request)}/${row.type}/${row.id}` }
})
const answer = (request, rows, total, count, startIndex) => [
  {
    startIndex,
    totalResults: total,
    itemsPerPage: count,
    filtered: true,
    sorted: true,
    ...(startIndex + count < total && {
      paging: { next: `${base(request)}?count=${count}&startIndex=${startIndex + count}` }
    }),
    entry: rows.map(row => print(row, request))
  }
]

app.get(PATH, listed, async request => {
  const { count = '20', startIndex = '0', filterBy, filterValue } = request.query
  const { extension } = request.params
  const [limit, offset] = [Number(count), Number(startIndex)]
  if (filterBy === 'url') {
    const rows = statements.filtered.all(USER, extension, filterValue, limit, offset)
    return answer(request, rows, rows.length, limit, offset)
  }
  const rows = statements.page.all(USER, extension, limit, offset)
  return answer(request, rows, statements.total.get(USER, extension).total, limit, offset)
})

app.get(`${PATH}/:type/:id`, listed, async request => {
  const row = statements.one.get(request.params.id)
  return answer(request, row ? [row] : [], row ? 1 : 0, 20, 0)
})

app.post(`${PATH}/:type`, written, async request => {
  const { method, note, url, status } = request.body
  const { type, extension } = request.params
  const row = {
    type,
    id: randomBytes(15).toString('hex'),
    method,
    note,
    url,
    status,
    modified: new Date().toISOString()
  }
  statements.add.run(...Object.values(row), USER, extension)
  return { PhoneCallEvent: print(row, request) }
})

app.put(`${PATH}/:type/:id`, written, async request => {
  const { method, note, url, status } = request.body
  const { type, id } = request.params
  const modified = new Date().toISOString()
  statements.update.run(method, note, url, status, modified, id)
  return { PhoneCallEvent: print({ type, id, method, note, url, status, modified }, request) }
})

app.delete(`${PATH}/:type/:id`, async request => {
  statements.remove.run(request.params.id)
  return [{ id: request.params.id }]
})

const url = await app.listen({ port: 0, host: '127.0.0.1' })
process.stdout.write(`${JSON.stringify({ url })}\n`)
process.once('SIGTERM', () => app.close().then(() => process.exit(0)))
