import type { JSX } from 'preact'
import type { CallOutcome } from '../../../../schema/calls/call-step.js'
import { Choice, Field } from '../../../parts/field.js'
import { OUTCOME_LABELS } from '../../../parts/marks.js'
import { type DialForm, TAKES_RING } from './form.js'

/** The outcome of a call, how long it rings and talks, and who of several answers. */
export function Times({
  typed,
  change,
  errorAt
}: {
  typed: DialForm
  change: (given: Partial<DialForm>) => void
  errorAt: (path: string) => string | undefined
}): JSX.Element {
  const called = typed.to.filter(number => number.trim() !== '')
  return (
    <div class="fields">
      <Choice
        label="Outcome"
        value={typed.outcome}
        error={errorAt('$.outcome')}
        options={OUTCOMES}
        onChange={outcome => change({ outcome })}
      />
      {TAKES_RING.includes(typed.outcome) && (
        <Field
          label="Rings"
          placeholder="3s, 500 ms"
          value={typed.ring}
          error={errorAt('$.ringMs')}
          onInput={ring => change({ ring })}
        />
      )}
      {typed.outcome === 'answered' && (
        <Field
          label="Talks"
          placeholder="10s, 1.5m"
          value={typed.talk}
          error={errorAt('$.talkMs')}
          onInput={talk => change({ talk })}
        />
      )}
      {typed.outcome === 'answered' && called.length > 1 && (
        <Choice
          label="Answered by"
          value={typed.answeredBy}
          error={errorAt('$.answeredBy')}
          options={[{ value: '', label: 'the first' }, ...called.slice(1).map(value => ({ value, label: value }))]}
          onChange={answeredBy => change({ answeredBy })}
        />
      )}
    </div>
  )
}

const OUTCOMES = Object.entries(OUTCOME_LABELS).map(([value, label]) => ({ value: value as CallOutcome, label })) // the keys of a record
