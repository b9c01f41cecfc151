import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const BENCHMARKS = join(dirname(fileURLToPath(import.meta.url)), '../../docs/benchmarks.md')
const MARKS = ['<!-- soak: begin -->', '<!-- soak: end -->']
const MB = 1024 * 1024

/** What is measured, with the growth that is none besides a tenth, and a bound below which all is level. */
const SERIES = [
  { name: 'heap', heading: 'heap after collection, MB', unit: MB, slack: 4 },
  { name: 'rss', heading: 'memory, MB', unit: MB, slack: 16 },
  { name: 'descriptors', heading: 'descriptors', unit: 1, slack: 8 },
  { name: 'wal', heading: 'WAL, MB', unit: MB, slack: 2, bound: 20 }, // a checkpoint is due at 16 MB
  { name: 'file', heading: 'file, MB', unit: MB, slack: 2 },
  { name: 'sandboxes', heading: 'sandboxes', unit: 1, slack: 2 },
  { name: 'journal', heading: 'journal as listed, MB', unit: MB, slack: 0.25 }
]

/** Fewer samples have no quarters worth comparing. */
const MIN_SAMPLES = 8

/** How many rows and how many columns of a chart a report has at most. */
const MAX_ROWS = 16
const MAX_BARS = 60

/** What has grown: the median of the last quarter against that of the second. */
export function judge(samples) {
  if (samples.length < MIN_SAMPLES) return [`there are only ${samples.length} samples: let it run for longer`]
  return SERIES.flatMap(({ name, heading, unit, slack, bound = 0 }) => {
    const values = samples.map(sample => sample[name]).filter(value => value !== undefined)
    if (values.length === 0) return []
    const [second, last] = [quarter(values, 1), quarter(values, 3)].map(median)
    if (last <= Math.max(second * 1.1 + slack * unit, bound * unit)) return []
    return [`${heading} grows: ${print(second, unit)} in the second quarter, ${print(last, unit)} in the last`]
  })
}

const NAMES = ['minutes', 'requests', 'webhooks', ...SERIES.map(({ heading }) => heading)]

/** The headings of the rows. */
export const HEADINGS = `${NAMES.join(' | ')}\n`

/** A sample as a row. */
export const printRow = sample => `${cells(sample).join(' | ')}\n`

/** The result as a section of a document. */
export function printReport({ samples, problems, requests, webhooks, resets, ended, quick }) {
  const rows = thinned(samples, MAX_ROWS).map(sample => `| ${cells(sample).join(' | ')} |`)
  const width = Math.max(...SERIES.map(({ heading }) => heading.length))
  const charts = SERIES.map(series => `${series.heading.padEnd(width)}  ${chart(series, samples)}`)
  const verdict =
    problems.length === 0 ? 'Everything is level.' : `Not level:\n\n${problems.map(one => `- ${one}`).join('\n')}`
  return [
    `${count(requests)} requests and ${count(webhooks)} webhooks in ${(samples.at(-1)?.minutes ?? 0).toFixed(1)} minutes, on a` +
      ` database file, with a hundred readers of the stream that read nothing, ${count(ended)} sandboxes that were` +
      ` created and ended, and ${count(resets)} resets${quick ? '; with small logs (`--quick`)' : ''}.`,
    'Level means: the median of the last quarter is at most a tenth above that of the second.',
    verdict,
    [`| ${NAMES.join(' | ')} |`, `|${NAMES.map(() => '--:|').join('')}`, ...rows].join('\n'),
    `\`\`\`text\n${charts.join('\n')}\n\`\`\``
  ].join('\n\n')
}

/** Writes a report into its section of the benchmarks, which is added where there is none. */
export function writeSection(report) {
  const text = readFileSync(BENCHMARKS, 'utf8')
  const [begin, end] = MARKS.map(mark => text.indexOf(mark))
  const section = `${MARKS[0]}\n\n## The long run\n\nWritten by \`npm run soak -- --write\`.\n\n${report}\n\n${MARKS[1]}`
  const written =
    begin < 0 || end < begin
      ? `${text.trimEnd()}\n\n${section}\n`
      : text.slice(0, begin) + section + text.slice(end + MARKS[1].length)
  writeFileSync(BENCHMARKS, written)
}

/** The section of the benchmarks, for a program that writes the document anew; empty when there is none. */
export function readSection(text) {
  const [begin, end] = MARKS.map(mark => text.indexOf(mark))
  return begin < 0 || end < begin ? '' : `\n${text.slice(begin, end + MARKS[1].length)}\n`
}

const cells = sample => [
  sample.minutes.toFixed(1),
  count(sample.requests),
  count(sample.webhooks),
  ...SERIES.map(({ name, unit }) => print(sample[name], unit))
]

const print = (value, unit) =>
  value === undefined ? '–' : unit === 1 ? count(value) : (value / unit).toFixed(value < 10 * unit ? 2 : 1)

const count = number => Math.round(number).toLocaleString('en-US')

const BARS = '▁▂▃▄▅▆▇█'

/** A line of bars from 0 to the highest value, and that value. */
function chart({ name, unit }, samples) {
  const values = thinned(samples, MAX_BARS).map(sample => sample[name] ?? 0)
  const most = Math.max(...values, 1)
  const bars = values.map(value => BARS[Math.min(BARS.length - 1, Math.floor((value / most) * BARS.length))])
  return `${bars.join('')}  at most ${print(most, unit)}`
}

/** At most so many of a list, evenly, with the last one. */
function thinned(list, most) {
  if (list.length <= most) return list
  return Array.from({ length: most }, (_none, nth) => list[Math.round((nth * (list.length - 1)) / (most - 1))])
}

const quarter = (values, nth) =>
  values.slice(Math.floor((values.length * nth) / 4), Math.floor((values.length * (nth + 1)) / 4))

const median = values => [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)]
