/**
 * Judges the output of a test, in TAP.
 * - `caught`: an assertion of the test failed
 * - `survived`: the test passed
 * - `crashed`: it ended otherwise: the source does not compile, an error was thrown, or the process died
 * - `timed out`: it did not end in time
 * - `missing`: no test has the title
 * @param titles of the test and its subtests, from the outer to the inner one
 */
export function judge({ code, out, isTimedOut }, titles) {
  if (isTimedOut) return { outcome: 'timed out', detail: 'it did not end in time' }
  const failed = failureIn(out, titles)
  if (failed === undefined) return code === 0 ? judgePassed(out, titles) : { outcome: 'crashed', detail: lastLine(out) }
  if (/^timeout!/.test(failed.name)) return { outcome: 'timed out', detail: failed.name }
  if (failed.isThrown) return { outcome: 'crashed', detail: `an error was thrown: ${failed.name}` }
  return { outcome: 'caught', detail: failed.name }
}

/** The last line of an output that has more than a space or a bracket. */
export const lastLine = out =>
  out
    .split('\n')
    .filter(line => /\w/.test(line) && !/^Node\.js v/.test(line))
    .at(-1)
    ?.trim() ?? 'without a word'

function judgePassed(out, titles) {
  const indent = '    '.repeat(titles.length - 1)
  const line = out
    .split('\n')
    .find(line => line.startsWith(indent) && titleOf(line.slice(indent.length)) === titles.at(-1))
  if (line === undefined) return { outcome: 'missing', detail: 'no test has this title' }
  if (/ # SKIP/.test(line)) return { outcome: 'missing', detail: 'it was skipped' }
  return { outcome: 'survived', detail: 'the test passed' }
}

/** The title of a point of TAP. */
const titleOf = line => /^(?:not )?ok \d+ - (.*?)(?: # .*)?$/.exec(line)?.[1]

/** The first failed point below the titles, and whether an error was thrown in place of an assertion. */
function failureIn(out, titles) {
  const path = []
  const lines = out.split('\n')
  for (const [at, line] of lines.entries()) {
    const [, indent = '', subtest, failed] =
      /^((?: {4})*)(?:# Subtest: (.*)|not ok \d+ - (.*?)(?: # .*)?)$/.exec(line) ?? []
    const depth = indent.length / 4
    if (subtest !== undefined) path.splice(depth, path.length, subtest)
    if (failed === undefined || depth < titles.length || !titles.every((title, nth) => path[nth] === title)) continue
    const end = lines.findIndex((other, later) => later > at && other.trim() === '...')
    const isThrown = lines.slice(at, end < 0 ? undefined : end).some(other => /^ *tapCaught: /.test(other))
    const isProperty = /^Property failed/.test(failed) // an assertion that throws
    return { name: failed, isThrown: (isThrown && !isProperty) || failed === 'test unfinished' }
  }
  return undefined
}
