// The program that sends large changes of the state to an emulator, each when its number comes as a message.

/** How many events the large changes have, and users. */
const EVENTS = 100_000
const USERS = 20_000

const [url] = process.argv.slice(2)

const send = (method, path, body) => async () => {
  const headers = body === undefined ? {} : { 'content-type': 'application/json' }
  const answer = await fetch(`${url}/_emulator${path}`, { method, headers, body })
  await answer.arrayBuffer()
  if (answer.status >= 500) throw new Error(`${method} ${path} answered ${answer.status}`)
}

/** The changes in the order of `STALLS`, in which each finds what it needs. */
function changesOf() {
  const withFixture = document => Buffer.from(JSON.stringify({ fixture: document }))
  const events = fixtureWith({ events: EVENTS })
  const merged = Buffer.from(JSON.stringify(events))
  return [
    send('POST', '/reset', withFixture(events)),
    send('POST', '/fixtures', merged),
    send('PUT', '/snapshots/large'),
    send('GET', '/fixtures'),
    send('DELETE', '/events'),
    send('POST', '/fixtures', merged),
    send('POST', '/snapshots/large/restore'),
    send('POST', '/reset', withFixture(fixtureWith({ users: USERS }))),
    send('POST', '/sandboxes', withFixture(events)),
    send('POST', '/reset', Buffer.from('['.repeat(16_000_000) + ']'.repeat(16_000_000))),
    send('POST', '/reset')
  ]
}

function fixtureWith({ events = 0, users = 0 }) {
  const times = (count, of) => Array.from({ length: count }, (_, index) => of(index))
  return {
    organizations: [{ id: 'o', name: 'Organization' }],
    users: [
      { id: 'u', name: 'User', organization: 'o', role: 'user' },
      ...times(users, index => ({ id: `u${index}`, name: `User ${index}`, organization: 'o', role: 'user' }))
    ],
    extensions: [{ number: '0003*210', owner: 'u', kind: 'phoneTerminal' }],
    phoneCallEvents: times(events, index => ({
      extension: '0003*210',
      type: String(index % 5),
      id: String(index).padStart(30, 'x'),
      method: '0',
      url: `http://receiver.test/hooks/${index}`,
      note: 'A note of a usual length'
    }))
  }
}

const changes = changesOf()
process.on('message', async number => {
  await changes[number]()
  process.send('done')
})
process.send('ready')
