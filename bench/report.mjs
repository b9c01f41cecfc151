import { judge } from './reach.mjs'
import { ratio } from './statistics.mjs'
import { renderNumber as number, renderTable } from './table.mjs'

/** Renders results as Markdown, without the parts that were not measured. */
export function renderReport(results) {
  const parts = [
    ['What it has to reach', renderReach(results)],
    ['Requests a second', results.rates && renderRates(results.rates)],
    ['One by id, everybody', results.peers && renderPeers(results.peers)],
    ['Starting', results.start && renderStart(results.start)],
    ['In the process of a test', results.inProcess && renderInProcess(results.inProcess)],
    ['Memory', results.memory && renderMemory(results.memory)],
    ['Webhooks', results.deliveries && renderDeliveries(results.deliveries)],
    ['Receivers that hang', results.hanging && renderHanging(results.hanging)],
    ['PhoneCalls', results.phoneCalls && renderPhoneCalls(results.phoneCalls)],
    ['The page in a browser', results.page && renderPage(results.page)],
    ['Beside a large change', results.stalls && renderStalls(results.stalls)],
    ['Recording a PBX', results.recording && renderRecording(results.recording)],
    ['In a crowd', results.delay && renderDelay(results.delay)],
    ['More events on one extension', results.scale && renderScale(results.scale)],
    ['More extensions, more sandboxes', results.width && renderWidth(results.width)],
    ['Installing', results.install && renderInstall(results.install)]
  ]
  return [
    renderMachine(results.machine),
    ...parts.flatMap(([title, text]) => (text === undefined ? [] : [`## ${title}\n\n${text}`]))
  ].join('\n')
}

/** Renders the results that miss their bound, a line each. */
export const renderMissed = results =>
  judge(results)
    .filter(({ holds }) => holds === false)
    .map(({ what, value, bound, kind, unit }) => `${what}: ${number(value, unit)}, not ${words(kind, bound, unit)}\n`)
    .join('')

const words = (kind, bound, unit) =>
  kind === 'least' ? `at least ${bound}` : `at most ${bound}${unit === '' ? '' : ` ${unit}`}`

const renderMachine = ({ date, version, mode, node, cpu, cores, memoryGb, system }) =>
  `Measured on ${date}, version ${version}, ${mode}: Node ${node}, ${cores} cores of ${cpu}, ${memoryGb} GB, ${system}.\n`

const renderReach = results =>
  renderTable(
    ['what', 'bound', 'measured', 'reached'],
    judge(results).map(({ what, bound, kind, unit, value, holds }) => [
      what,
      words(kind, bound, unit),
      number(value, unit),
      holds === undefined ? 'not measured' : holds ? 'yes' : 'no'
    ])
  )

const renderRates = rows =>
  renderTable(
    [
      'load',
      'connections',
      'emulator /s',
      'floor /s',
      'ratio',
      'for CPU',
      'emulator p99',
      'floor p99',
      'emulator CPU',
      'floor CPU'
    ],
    rows.map(({ title, connections, emulator, floor }) => [
      title,
      String(connections),
      number(emulator.perSecond),
      number(floor.perSecond),
      number(floor.rate),
      number(floor.work),
      number(emulator.p99, 'ms'),
      number(floor.p99, 'ms'),
      number(emulator.cpu, 'µs'),
      number(floor.cpu, 'µs')
    ])
  )

const NAMES = {
  emulator: 'the emulator',
  server: 'floor: Fastify + better-sqlite3',
  canned: 'floor: node:http, canned',
  'json-server': 'json-server',
  prism: 'Prism',
  wiremock: 'WireMock, warm'
}

function renderPeers({ measured, rss, missing }) {
  const table = renderTable(
    ['server', 'requests /s', 'p99', 'the emulator against it', 'for a second of CPU', 'memory'],
    Object.entries(measured).map(([name, { perSecond, p99, rate, work }]) => [
      NAMES[name],
      number(perSecond),
      number(p99, 'ms'),
      number(rate),
      number(work),
      number(rss[name], 'MB')
    ])
  )
  const skipped = Object.entries(missing).map(([name, why]) => `${NAMES[name]} was skipped: ${why}\n`)
  return skipped.length === 0 ? table : `${table}\n${skipped.join('')}`
}

const renderStart = ({ emulatorFile, emulatorMemory, floorFile, canned, againstFloor }) =>
  renderTable(
    ['from its start to its first 200', 'time', 'against the floor'],
    [
      ['the emulator, on a file', number(emulatorFile, 'ms'), number(againstFloor.emulatorFile)],
      ['the emulator, in memory', number(emulatorMemory, 'ms'), number(againstFloor.emulatorMemory)],
      ['floor: Fastify + better-sqlite3, on a file', number(floorFile, 'ms'), '1.00'],
      ['floor: node:http, canned', number(canned, 'ms'), number(againstFloor.canned)]
    ]
  )

const renderInProcess = ({ firstMs, startAndClose, reset, sandbox, endSandbox, nothing }) =>
  renderTable(
    ['what', 'median'],
    [
      ['the first startEmulator, loading included', number(firstMs, 'ms')],
      ['startEmulator to ready and closed, warm', number(startAndClose, 'ms')],
      ['reset of the default fixture', number(reset, 'ms')],
      ['a new sandbox', number(sandbox, 'ms')],
      ['the end of a sandbox', number(endSandbox, 'ms')],
      ['a request that changes nothing, for comparison', number(nothing, 'ms')]
    ]
  )

const renderMemory = ({ idle, loaded, growth, requests }) =>
  renderTable(
    ['when', 'resident memory'],
    [
      ['idle', number(idle, 'MB')],
      ['after a warm-up under load', number(loaded, 'MB')],
      [`grown by, after ${requests.toLocaleString('en')} requests`, number(growth, 'MB')]
    ]
  )

const renderDeliveries = ({ emulator, client, rate, place, create }) =>
  renderTable(
    ['what', 'measured'],
    [
      ['webhooks a second, calls with four armed events', number(emulator)],
      ['requests a second of a bare client, eight at once', number(client)],
      ['ratio', number(rate)],
      ['CPU to place a call with four armed events', number(place, 'µs')],
      ['CPU of a create, for comparison', number(create, 'µs')]
    ]
  )

const renderHanging = rows =>
  renderTable(
    ['receivers that hang, one webhook each', 'a healthy one, later', 'a healthy one, last of the same turn', 'memory'],
    rows.map(({ count, after, last, rss }) => [
      number(count),
      number(after, 'ms'),
      number(last, 'ms'),
      number(rss, 'MB')
    ])
  )

const renderPhoneCalls = ({ control, vendor, events, calls }) =>
  renderTable(
    ['CPU of a request', 'measured'],
    [
      ['to place a call over the control API', number(control, 'µs')],
      ['to create the same one as a PhoneCall', number(vendor, 'µs')],
      ['to list 20 events', number(events, 'µs')],
      ['to list 20 PhoneCalls', number(calls, 'µs')]
    ]
  )

const renderPage = ({ missing, kb, paintMs, without, with: open, frameMs, frameP99, heapMb, nodes }) =>
  missing !== undefined
    ? `Skipped: ${missing}.\n`
    : renderTable(
        ['what', 'measured'],
        [
          ['script and style, compressed', number(kb, 'kB')],
          ['first paint, nothing cached', number(paintMs, 'ms')],
          ['webhooks a second, without the page', number(without)],
          ['webhooks a second, with the page open', number(open)],
          ['ratio', number(ratio(open, without))],
          ['time between frames in a storm, median', number(frameMs, 'ms')],
          ['time between frames in a storm, p99', number(frameP99, 'ms')],
          ['heap of the tab after the storms', number(heapMb, 'MB')],
          ['nodes of the tab after the storms', number(nodes)]
        ]
      )

const renderStalls = ({ rows }) =>
  renderTable(
    ['the slowest answer to another client during', 'in memory', 'on a file'],
    rows.map(({ name, memory, file }) => [name, number(memory, 'ms'), number(file, 'ms')])
  )

const renderRecording = ({ direct, recorded, hop, ratio: rate, learn: { exchanges, seconds, peakMb } }) =>
  renderTable(
    ['what', 'measured'],
    [
      ['a list, from the emulator itself', number(direct, 'ms')],
      ['added by HAProxy in between', number(hop, 'ms')],
      ['added by the recording proxy in between', number(recorded, 'ms')],
      ['a recorded list against one through HAProxy', number(rate)],
      [`learn of ${exchanges.toLocaleString('en')} exchanges`, number(seconds, 's')],
      ['its memory at most', number(peakMb, 'MB')]
    ]
  )

const renderDelay = ({ p99, perSecond }) =>
  renderTable(
    ['200 connections creating and listing, and 50 calls a second', 'measured'],
    [
      ['event loop delay p99', number(p99, 'ms')],
      ['requests a second', number(perSecond)]
    ]
  )

function renderScale(rows) {
  const sizes = Object.keys(rows[0].sizes)
  return renderTable(
    ['requests a second', ...sizes.map(size => Number(size).toLocaleString('en')), 'fewest / most'],
    rows.map(({ title, sizes: measured }) => [
      title.replace(/ of 1,000$/, ''),
      ...sizes.map(size => number(measured[size]?.perSecond)),
      number(ratio(measured[sizes[0]]?.perSecond, measured[sizes.at(-1)]?.perSecond))
    ])
  )
}

const renderWidth = ({ extensions, sandboxes }) =>
  renderTable(
    ['what', 'one', 'many', 'one / many'],
    [
      [
        `one by id over ${extensions.count.toLocaleString('en')} extensions, requests a second`,
        number(extensions.few.perSecond),
        number(extensions.many.perSecond),
        number(ratio(extensions.few.perSecond, extensions.many.perSecond))
      ],
      [
        `first page among ${sandboxes.count.toLocaleString('en')} sandboxes, requests a second`,
        number(sandboxes.one.perSecond),
        number(sandboxes.all.perSecond),
        number(ratio(sandboxes.one.perSecond, sandboxes.all.perSecond))
      ],
      ['making one of those sandboxes', '', number(sandboxes.createMs, 'ms'), ''],
      ['memory of one', '', number(sandboxes.mbEach, 'MB'), '']
    ]
  )

const renderInstall = ({ packedMb, ownMb, allMb, packages, seconds }) =>
  renderTable(
    ['what', 'measured'],
    [
      ['the package, packed', number(packedMb, 'MB')],
      ['the package, unpacked', number(ownMb, 'MB')],
      [`with all that it needs, ${packages} packages`, number(allMb, 'MB')],
      ['installing it, nothing compiled', number(seconds, 's')]
    ]
  )
