import { type Comparison, DIFFERENCE_KINDS, type Difference } from '../../schema/recordings/comparison.js'

/** A line of a report, and how deep it stands below the one that it belongs to. */
export interface ReportLine {
  depth: number
  text: string
}

/** A comparison in words. @param subject what the emulator was compared with: `the recording`, or an address */
export function reportOf(
  { exchanges, webhooks, differences, accepted, notCompared }: Comparison,
  subject: string
): ReportLine[] {
  const counts = [count(exchanges, 'answer'), ...(webhooks > 0 ? [count(webhooks, 'webhook')] : [])].join(' and ')
  const known = accepted.length === 0 ? '' : `, beside ${count(accepted.length, 'accepted one')}`
  const total =
    differences.length === 0
      ? `Compared ${counts} with ${subject}: no difference${known}.`
      : `Compared ${counts} with ${subject}: ${count(differences.length, 'difference')}${known}.`
  return [
    { depth: 0, text: total },
    ...differences.flatMap(linesOf),
    ...(notCompared.length === 0 ? [] : [{ depth: 0, text: 'Not compared:' }]),
    ...notCompared.map(({ file, line, request, reason }) => ({
      depth: 1,
      text: `${placeOf({ file, line, request })}${reason}.`
    }))
  ]
}

function linesOf({ kind, operation, member, recorded, emulator, count: times, places, key }: Difference): ReportLine[] {
  const at = member === undefined ? '' : ` at ${member}`
  const often = times === 1 ? '' : ` (${times} times)`
  return [
    { depth: 0, text: `${operation}: ${DIFFERENCE_KINDS[kind]}${at}${often}` },
    { depth: 1, text: `recorded: ${recorded}` },
    { depth: 1, text: `emulator: ${emulator}` },
    ...places.map(({ method, target, ...place }) => ({ depth: 1, text: `${placeOf(place)}${method} ${target}` })),
    { depth: 1, text: `key: ${key}` }
  ]
}

const placeOf = ({
  file,
  line,
  request
}: {
  file?: string | undefined
  line?: number | undefined
  request?: string | undefined
}): string => (file !== undefined ? `${file}:${line ?? 1}: ` : request !== undefined ? `${request}: ` : '')

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`
