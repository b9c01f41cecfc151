import { parseDuration } from '../../../../client/duration.js'
import type { CallOutcome, Step, VerbName } from '../../../../schema/calls/call-step.js'
import type { Problem } from '../../../../schema/error.js'

/** A row of the editor of steps. Members of other verbs stay while the verb is changed. */
export interface StepRow {
  key: number
  after: string
  verb: VerbName
  /** The number of the verb; of ring several, separated by commas; of a transfer, who transfers. */
  number: string
  /** The other party of a transfer. */
  to: string
  kind: 'blind' | 'attended'
  via: string
  /** Empty for the default. */
  outcome: CallOutcome | ''
}

let lastKey = 0

/** A new row. */
export const newRow = (given: Partial<StepRow> = {}): StepRow => ({
  key: ++lastKey,
  after: '',
  verb: 'answer',
  number: '',
  to: '',
  kind: 'blind',
  via: '',
  outcome: '',
  ...given
})

/** The steps of the editor, of its rows or of its JSON, or why they cannot be sent. */
export function readSteps({
  steps,
  isJson,
  json
}: {
  steps: readonly StepRow[]
  isJson: boolean
  json: string
}): { steps: Step[] } | { problems: Problem[] } {
  if (isJson) return readJson(json)
  if (steps.length === 0) return { problems: [{ path: '$.steps', message: 'needs at least one step' }] }
  const problems = steps.flatMap(({ after }, index): Problem[] =>
    after.trim() === '' || parseDuration(after) !== undefined
      ? []
      : [{ path: `$.steps[${index}].afterMs`, message: notADuration(after) }]
  )
  return problems.length > 0 ? { problems } : { steps: steps.map(stepOf) }
}

/** The rows of steps, to edit what was pasted. */
export const rowsOf = (steps: readonly Step[]): StepRow[] =>
  steps.map(({ afterMs = 0, via = '', outcome, transfer, ring, answer, reject, complete, hangup }): StepRow => {
    const row: Partial<StepRow> = { after: afterMs > 0 ? `${afterMs}ms` : '', via, outcome: outcome ?? '' }
    if (ring !== undefined) return newRow({ ...row, verb: 'ring', number: [ring].flat().join(', ') })
    if (transfer !== undefined)
      return newRow({ ...row, verb: 'transfer', number: transfer.from, to: transfer.to, kind: transfer.kind })
    if (reject !== undefined) return newRow({ ...row, verb: 'reject', number: reject })
    if (complete !== undefined) return newRow({ ...row, verb: 'complete', number: complete })
    if (hangup !== undefined) return newRow({ ...row, verb: 'hangup', number: hangup })
    return newRow({ ...row, verb: 'answer', number: answer ?? '' })
  })

function stepOf({ after, verb, number, to, kind, via, outcome }: StepRow): Step {
  const afterMs = parseDuration(after) ?? 0
  const step: Step = afterMs > 0 ? { afterMs } : {}
  const name = number.trim()
  if (verb === 'transfer') return { ...step, transfer: { from: name, to: to.trim(), kind } }
  if (verb === 'ring') {
    const numbers = name.split(/[\s,]+/).filter(Boolean)
    return { ...step, ring: numbers.length > 1 ? numbers : name, ...(via.trim() !== '' && { via: via.trim() }) }
  }
  const ends = verb === 'reject' || verb === 'hangup'
  return { ...step, [verb]: name, ...(ends && outcome !== '' && { outcome }) }
}

/** Steps from JSON: a list, or a request that has one. Their members are checked by the API. */
function readJson(text: string): { steps: Step[] } | { problems: Problem[] } {
  try {
    const value: unknown = JSON.parse(text)
    const steps: unknown = Array.isArray(value) ? value : Reflect.get(Object(value), 'steps')
    if (Array.isArray(steps)) return { steps }
    return { problems: [{ path: '$.steps', message: 'must be a list of steps, or an object with "steps"' }] }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { problems: [{ path: '$.steps', message: `is not JSON: ${why}` }] }
  }
}

/** Why a text is no duration. */
export const notADuration = (text: string): string =>
  `must be a duration such as 3s, 500 ms or 1.5m; got ${JSON.stringify(text.slice(0, 60))}`
