/** Renders an aligned Markdown table. @param rows texts; all but the first column are right-aligned */
export function renderTable(head, rows) {
  const widths = head.map((_, column) => Math.max(...[head, ...rows].map(row => row[column].length)))
  const line = row =>
    `| ${row.map((text, column) => (column === 0 ? text.padEnd(widths[column]) : text.padStart(widths[column]))).join(' | ')} |`
  const rule = widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
  return [line(head), line(rule), ...rows.map(line)].map(text => `${text}\n`).join('')
}

/** Prints a number with two, one or no decimals, by its size; a dash for none. */
export function renderNumber(number, unit = '') {
  if (number === undefined || Number.isNaN(number)) return '–'
  const digits = Math.abs(number) < 10 ? 2 : Math.abs(number) < 100 ? 1 : 0
  const text = number.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
  return unit === '' ? text : `${text} ${unit}`
}
