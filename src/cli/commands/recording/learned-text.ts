import type { Learned, LearnedSetting, LinePlace, ShownValue, Uncovered } from '../../../schema/recordings/learned.js'
import { renderCounts } from '../../tables.js'
import { escapeControls } from '../../terminal/escape.js'
import { foldCommand, foldLine } from '../../terminal/fold.js'
import { type Page, PLAIN_PAGE } from '../../terminal/page.js'
import { createTable, fitColumns } from '../../terminal/table.js'

const COLUMNS = [
  { name: 'setting', width: 20 },
  { name: 'value', width: 10 },
  { name: 'for', width: 6 },
  { name: 'against', width: 7 },
  { name: 'lines', width: 0 }
]

/** What recordings show, as text. @param out the file that the fixture was written to */
export function renderLearned(learned: Learned, out: string | undefined, page: Page = PLAIN_PAGE): string {
  const { exchanges, webhooks, settings, uncovered, assumed, fixture } = learned
  const parts = [
    `${count(exchanges, 'exchange')} and ${count(webhooks, 'webhook')}.\n`,
    renderSettings(settings, page),
    renderNotes(settings, page),
    renderSection('No line shows these settings, which keep their default', settings.flatMap(unshown), page),
    uncovered.length === 0
      ? 'Settings cover everything that the lines show.\n'
      : renderSection('No setting covers, the worst first', uncovered.map(renderUncovered), page),
    `${foldLine(`The fixture has ${renderCounts(countsOf(fixture))}.`, { width: page.width })}\n` +
      (assumed.length === 0 ? '' : renderSection('Assumed in the fixture', assumed, page)),
    out === undefined
      ? ''
      : `Wrote ${out}. Start with it:\n${foldCommand(`uapi-emulator --fixture ${quoted(out)}`, { width: page.width, indent: 2 })}\n`
  ]
  return parts.filter(part => part !== '').join('\n')
}

function renderSettings(settings: readonly LearnedSetting[], page: Page): string {
  const rows = settings.filter(({ isShown }) => isShown).map(toRow)
  if (rows.length === 0) return ''
  const table = createTable(fitColumns(COLUMNS, rows))
  const cells = rows.map(([name = '', value = '', shown = '', against = '', lines = '']) =>
    table.row(
      [
        name,
        { text: value, style: 'bold' },
        shown,
        against === '0' ? against : { text: against, style: 'yellow' },
        lines
      ],
      page
    )
  )
  return table.head(page) + cells.join('')
}

function toRow({ name, value, evidence: [first, ...others] }: LearnedSetting): string[] {
  const against = others.reduce((sum, { count }) => sum + count, 0)
  return [name, String(value), String(first?.count ?? 0), String(against), places(first?.examples ?? [])]
}

/** The values that contradict a setting with their lines, and what the evidence leaves open. */
function renderNotes(settings: readonly LearnedSetting[], page: Page): string {
  const contradictions = settings.flatMap(({ name, evidence: [, ...others] }) =>
    others.map(other => `${name}: ${describe(other)}.`)
  )
  const notes = settings.flatMap(({ name, note }) => (note === undefined ? [] : [`${name}: ${note}`]))
  return [
    renderSection('Contradictions: lines that show another value', contradictions, page),
    renderSection('Left open', notes, page)
  ]
    .filter(part => part !== '')
    .join('\n')
}

const describe = ({ value, count: times, examples }: ShownValue): string =>
  `${value} in ${count(times, 'line')}, ${examples.map(one => `${place(one)} ${one.what}`).join(', ')}`

const unshown = ({ name, value, show }: LearnedSetting): string[] =>
  show === undefined ? [] : [`${name} (${value}). ${show}`]

const renderUncovered = ({ text, count: times, first }: Uncovered): string =>
  `${text} (${count(times, 'line')}, first ${place(first)} ${first.what})`

function renderSection(title: string, lines: readonly string[], page: Page): string {
  if (lines.length === 0) return ''
  const folded = lines.map(line => foldLine(escapeControls(line), { width: page.width, first: '  ', next: '    ' }))
  return `${page.paint('bold', `${title}:`)}\n${folded.join('\n')}\n`
}

/** Places, with each file named once in a row: `a.jsonl:2, 7`. */
const places = (all: readonly LinePlace[]): string =>
  all.map((one, at) => (all[at - 1]?.file === one.file ? String(one.line) : place(one))).join(', ')

const place = ({ file, line }: LinePlace): string => `${file}:${line}`

const count = (number: number, noun: string): string =>
  `${number.toLocaleString('en-US')} ${noun}${number === 1 ? '' : 's'}`

function countsOf({ organizations, users, extensions, apps, tokens, sessions, phoneCallEvents }: Learned['fixture']) {
  const lists = { organizations, users, extensions, apps, tokens, sessions, phoneCallEvents }
  return Object.fromEntries(Object.entries(lists).map(([name, list = []]) => [name, list.length])) as Parameters<
    typeof renderCounts
  >[0] // the lists that a learned fixture has
}

const quoted = (file: string): string => (/^[\w@%+=:,./-]+$/.test(file) ? file : `'${file.replaceAll("'", "'\\''")}'`)
