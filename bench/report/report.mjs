import { judge } from './reach.mjs'
import * as sections from './sections.mjs'
import { renderNumber as number, renderTable } from './table.mjs'

/** Renders results as Markdown, without the parts that were not measured. */
export function renderReport(results) {
  const parts = [
    ['What it has to reach', renderReach(results)],
    ['Requests a second', results.rates && sections.renderRates(results.rates)],
    ['One by id, everybody', results.peers && sections.renderPeers(results.peers)],
    ['Starting', results.start && sections.renderStart(results.start)],
    ['In the process of a test', results.inProcess && sections.renderInProcess(results.inProcess)],
    ['Memory', results.memory && sections.renderMemory(results.memory)],
    ['Webhooks', results.deliveries && sections.renderDeliveries(results.deliveries)],
    ['Receivers that hang', results.hanging && sections.renderHanging(results.hanging)],
    ['PhoneCalls', results.phoneCalls && sections.renderPhoneCalls(results.phoneCalls)],
    ['The page in a browser', results.page && sections.renderPage(results.page)],
    ['Beside a large change', results.stalls && sections.renderStalls(results.stalls)],
    ['Recording a PBX', results.recording && sections.renderRecording(results.recording)],
    ['Where the time goes', results.profile && sections.renderProfile(results.profile)],
    ['In a crowd', results.delay && sections.renderDelay(results.delay)],
    ['More events on one extension', results.scale && sections.renderScale(results.scale)],
    ['More extensions, more sandboxes', results.width && sections.renderWidth(results.width)],
    ['Installing', results.install && sections.renderInstall(results.install)]
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
