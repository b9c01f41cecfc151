import { ratio } from '../statistics.mjs'

/** The large changes during which another client must not wait. */
export const STALLS = [
  'reset to 100,000 events',
  'merge of 100,000 events that exist',
  'snapshot of 100,000 events',
  'export of 100,000 events',
  'delete of 100,000 events',
  'merge of 100,000 new events',
  'restore of 100,000 events',
  'reset to 20,000 users',
  'sandbox with 100,000 events',
  'nested arrays of 32 MB',
  'reset of the fixture of the start'
]

/** The bounds that the results of a run have to meet: a minimum or a maximum each. */
const REACH = [
  least(0.9, 'one by id at 1 connection, against the floor', r => rate(r, 'one', 1)),
  least(0.9, 'one by id at 20 connections, against the floor', r => rate(r, 'one')),
  least(0.85, 'one by id at 200 connections, against the floor', r => rate(r, 'one', 200)),
  least(1, 'list of 20 of 1,000, against the floor', r => rate(r, 'list')),
  least(0.8, 'create, against a floor with one table and one index', r => rate(r, 'create')),
  least(0.8, 'update, against a floor with one table and one index', r => rate(r, 'update')),
  least(0.8, 'create and delete, against a floor with one table and one index', r => rate(r, 'delete')),
  least(2, 'one by id for a second of CPU, against WireMock, warm', r => r.peers?.measured.wiremock?.work),
  least(2.5, 'one by id against json-server', r => peer(r, 'json-server')),
  least(4, 'one by id against Prism', r => peer(r, 'prism')),
  most(1.1, 'start to first 200, against the floor', r => r.start?.againstFloor.emulatorFile),
  most(70, 'memory when idle', r => r.memory?.idle, 'MB'),
  most(16, 'its growth over the requests after a warm-up', r => r.memory?.growth, 'MB'),
  most(1.2, 'one by id, most events against fewest', r => slowdown(r, 'one')),
  most(1.2, 'first page, most events against fewest', r => slowdown(r, 'list')),
  most(1.2, 'create, and delete again, most events against fewest', r => slowdown(r, 'delete')),
  most(3, 'page at startIndex 5,000 against the first page', r => against(r, 'deep')),
  most(3, 'filter by id against the first page', r => against(r, 'filterId')),
  most(3, 'filter by url against the first page', r => against(r, 'filter')),
  most(2, 'reset of the default fixture', r => r.inProcess?.reset, 'ms'),
  most(2, 'a new sandbox', r => r.inProcess?.sandbox, 'ms'),
  most(200, 'the first startEmulator of a process, loading included', r => r.inProcess?.firstMs, 'ms'),
  most(20, 'startEmulator to ready and closed, warm', r => r.inProcess?.startAndClose, 'ms'),
  least(0.8, 'webhooks a second against a bare client', r => r.deliveries?.rate),
  most(150, 'webhook of a healthy receiver beside any number that hang', r => slowest(r.hanging, 'after'), 'ms'),
  most(150, 'the same, created after theirs in the same turn', r => slowest(r.hanging, 'last'), 'ms'),
  most(1.5, 'CPU to create a PhoneCall against placing it', r => ratio(r.phoneCalls?.vendor, r.phoneCalls?.control)),
  most(2, 'CPU to list 20 PhoneCalls against 20 events', r => ratio(r.phoneCalls?.calls, r.phoneCalls?.events)),
  least(0.9, 'webhooks a second with the page open, against without it', r => ratio(r.page?.with, r.page?.without)),
  most(300, 'first paint of the page on loopback', r => r.page?.paintMs, 'ms'),
  most(60, 'script and style of the page, compressed', r => r.page?.kb, 'kB'),
  ...STALLS.map(name => most(50, `slowest answer during: ${name}`, r => stall(r, name), 'ms')),
  most(2, 'time of a request that is recorded, against one through HAProxy', r => r.recording?.ratio),
  most(20, 'learn of 100,000 exchanges', r => r.recording?.learn.seconds, 's'),
  most(50, 'event loop delay p99, 200 connections creating and listing, and webhooks', r => r.delay?.p99, 'ms')
]

/** Compares results with the bounds. `holds` is undefined for a value that was not measured. */
export const judge = results =>
  REACH.map(({ what, bound, kind, of, unit }) => {
    const value = of(results)
    const isMeasured = Number.isFinite(value) // not every machine provides every value
    const holds = !isMeasured ? undefined : kind === 'least' ? value >= bound : value <= bound
    return { what, bound, kind, unit, value: isMeasured ? value : undefined, holds }
  })

function least(bound, what, of, unit = '') {
  return { kind: 'least', bound, what, of, unit }
}

function most(bound, what, of, unit = '') {
  return { kind: 'most', bound, what, of, unit }
}

const rate = ({ rates }, load, connections = 20) =>
  rates?.find(row => row.load === load && row.connections === connections)?.floor.rate

/** The largest value of a column; undefined when it was not measured. */
const slowest = (rows, column) => rows && Math.max(...rows.map(row => row[column]))

/** The slowest answer during a change, in memory or on a file. */
function stall({ stalls }, name) {
  const row = stalls?.rows.find(row => row.name === name)
  return row && Math.max(row.memory, row.file)
}

const peer = ({ peers }, name) => peers?.measured[name]?.rate

const rowOf = ({ scale }, load) => scale?.find(row => row.load === load)?.sizes

const extremes = sizes => {
  const counts = Object.keys(sizes).map(Number)
  return [sizes[Math.min(...counts)], sizes[Math.max(...counts)]]
}

/** Ratio of the time for a request at the largest size to that at the smallest. */
function slowdown(results, load) {
  const sizes = rowOf(results, load)
  if (sizes === undefined) return undefined
  const [fewest, most] = extremes(sizes)
  return fewest.perSecond / most.perSecond
}

/** Ratio of the time for a request to that for a first page, at the largest size. */
function against(results, load) {
  const [sizes, pages] = [rowOf(results, load), rowOf(results, 'list')]
  if (sizes === undefined || pages === undefined) return undefined
  return extremes(pages)[1].perSecond / extremes(sizes)[1].perSecond
}
