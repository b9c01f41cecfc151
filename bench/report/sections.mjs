// The sections of the report, one function each: results of a part of the benchmark as Markdown.
import { OWNERS } from '../profile.mjs'
import { ratio } from '../statistics.mjs'
import { renderNumber as number, renderTable } from './table.mjs'

export const renderRates = rows =>
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

export function renderPeers({ measured, rss, missing }) {
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

export const renderStart = ({ emulatorFile, emulatorMemory, floorFile, canned, againstFloor }) =>
  renderTable(
    ['from its start to its first 200', 'time', 'against the floor'],
    [
      ['the emulator, on a file', number(emulatorFile, 'ms'), number(againstFloor.emulatorFile)],
      ['the emulator, in memory', number(emulatorMemory, 'ms'), number(againstFloor.emulatorMemory)],
      ['floor: Fastify + better-sqlite3, on a file', number(floorFile, 'ms'), '1.00'],
      ['floor: node:http, canned', number(canned, 'ms'), number(againstFloor.canned)]
    ]
  )

export const renderInProcess = ({ firstMs, startAndClose, reset, sandbox, endSandbox, nothing }) =>
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

export const renderMemory = ({ bare, idle, loaded, growth, requests }) =>
  renderTable(
    ['when', 'resident memory'],
    [
      ['floor: node:http, canned, idle', number(bare, 'MB')],
      ['idle', number(idle, 'MB')],
      ['after a warm-up under load', number(loaded, 'MB')],
      [`grown by, after ${requests.toLocaleString('en')} requests`, number(growth, 'MB')]
    ]
  )

export const renderDeliveries = ({ emulator, client, rate, place, create }) =>
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

export const renderHanging = rows =>
  renderTable(
    ['receivers that hang, one webhook each', 'a healthy one, later', 'a healthy one, last of the same turn', 'memory'],
    rows.map(({ count, after, last, rss }) => [
      number(count),
      number(after, 'ms'),
      number(last, 'ms'),
      number(rss, 'MB')
    ])
  )

export const renderPhoneCalls = ({ control, vendor, events, calls }) =>
  renderTable(
    ['CPU of a request', 'measured'],
    [
      ['to place a call over the control API', number(control, 'µs')],
      ['to create the same one as a PhoneCall', number(vendor, 'µs')],
      ['to list 20 events', number(events, 'µs')],
      ['to list 20 PhoneCalls', number(calls, 'µs')]
    ]
  )

export const renderPage = ({ missing, kb, firstKb, paintMs, without, with: open, frameMs, frameP99, heapMb, nodes }) =>
  missing !== undefined
    ? `Skipped: ${missing}.\n`
    : renderTable(
        ['what', 'measured'],
        [
          ['script and style of all views, compressed', number(kb, 'kB')],
          ['of it, loaded before the first paint', number(firstKb, 'kB')],
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

export const renderStalls = ({ rows }) =>
  renderTable(
    ['the slowest answer to another client during', 'in memory', 'on a file'],
    rows.map(({ name, memory, file }) => [name, number(memory, 'ms'), number(file, 'ms')])
  )

export const renderRecording = ({ direct, recorded, hop, ratio: rate, learn: { exchanges, seconds, peakMb } }) =>
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

export const renderProfile = ({ rows }) => {
  const table = renderTable(
    ['share of the busy time', ...Object.values(OWNERS)],
    rows.map(({ title, shares }) => [
      title,
      ...Object.keys(OWNERS).map(owner => `${Math.round(shares[owner] * 100)} %`)
    ])
  )
  return `Of the main thread, by V8's sampling profiler, after a warm-up. The time in which it waits is left out. The last column is\nwhat the emulator does beyond a floor: authentication, validation, the journal, calls and deliveries. What SQLite stores for them is\nin the second.\n\n${table}`
}

export const renderDelay = ({ p99, perSecond }) =>
  renderTable(
    ['200 connections creating and listing, and 50 calls a second', 'measured'],
    [
      ['event loop delay p99', number(p99, 'ms')],
      ['requests a second', number(perSecond)]
    ]
  )

export function renderScale(rows) {
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

export const renderWidth = ({ extensions, sandboxes }) =>
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

export const renderInstall = ({ packedMb, ownMb, allMb, packages, seconds }) =>
  renderTable(
    ['what', 'measured'],
    [
      ['the package, packed', number(packedMb, 'MB')],
      ['the package, unpacked', number(ownMb, 'MB')],
      [`with all that it needs, ${packages} packages`, number(allMb, 'MB')],
      ['installing it, nothing compiled', number(seconds, 's')]
    ]
  )
