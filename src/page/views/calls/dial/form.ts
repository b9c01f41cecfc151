import { signal } from '@preact/signals'
import { parseDuration } from '../../../../client/duration.js'
import type { CallRequest } from '../../../../schema/calls/call-request.js'
import type { CallOutcome } from '../../../../schema/calls/call-step.js'
import type { Problem } from '../../../../schema/error.js'
import { notADuration, readSteps, type StepRow } from './steps.js'

/** What decides how a call goes on: its times, steps, or the user. */
export type Mode = 'times' | 'steps' | 'hand'

/** What is typed in the dial pad. */
export interface DialForm {
  from: string
  /** One field for each called party. */
  to: readonly string[]
  mode: Mode
  outcome: CallOutcome
  ring: string
  talk: string
  /** Empty for the first. */
  answeredBy: string
  steps: readonly StepRow[]
  isJson: boolean
  json: string
  callerName: string
  callerNumber: string
  isWithheld: boolean
  dialled: string
  calledDid: string
}

/** The form as it is opened first. */
export const EMPTY_FORM: DialForm = {
  from: '',
  to: [''],
  mode: 'times',
  outcome: 'answered',
  ring: '3s',
  talk: '10s',
  answeredBy: '',
  steps: [],
  isJson: false,
  json: '',
  callerName: '',
  callerNumber: '',
  isWithheld: false,
  dialled: '',
  calledDid: ''
}

/** What is typed; undefined before the dial pad is opened first. It outlives the dialog. */
export const form = signal<DialForm | undefined>(undefined)

/** The request of a form, or what in it cannot be sent: with the paths that the API would give. */
export function readForm(typed: DialForm): { request: CallRequest } | { problems: Problem[] } {
  const problems: Problem[] = []
  const time = (path: string, text: string) => {
    if (text.trim() === '') return 0
    const ms = parseDuration(text)
    if (ms === undefined) problems.push({ path, message: notADuration(text) })
    return ms ?? 0
  }
  const to = typed.to.map(number => number.trim()).filter((number, index) => number !== '' || index === 0)
  const [first = ''] = to
  if (first === '') problems.push({ path: '$.to', message: 'is required: an extension or an outside number' })
  const optional = Object.fromEntries(
    OPTIONAL.flatMap(name =>
      typed[name].trim() === '' ? [] : [[name, name === 'callerName' ? typed[name] : typed[name].trim()]]
    )
  )
  const request: CallRequest = {
    ...(typed.from.trim() !== '' && { from: typed.from.trim() }),
    to: to.length > 1 ? to : first,
    ...optional,
    ...(typed.isWithheld && { callerNumber: '' })
  }
  if (typed.mode === 'hand') request.manual = true
  else if (typed.mode === 'steps') {
    const read = readSteps(typed)
    if ('steps' in read) request.steps = read.steps
    else problems.push(...read.problems)
  } else {
    const { outcome, answeredBy } = typed
    if (outcome !== 'answered') request.outcome = outcome
    if (TAKES_RING.includes(outcome)) request.ringMs = time('$.ringMs', typed.ring)
    if (outcome === 'answered') {
      request.talkMs = time('$.talkMs', typed.talk)
      if (to.length > 1 && to.includes(answeredBy)) request.answeredBy = answeredBy
    }
  }
  return problems.length > 0 ? { problems } : { request }
}

/** Outcomes that come after ringing; the others come at once. @assumed 0015 */
export const TAKES_RING: readonly CallOutcome[] = ['answered', 'busy', 'noAnswer', 'cancelled']

const OPTIONAL = ['callerName', 'callerNumber', 'dialled', 'calledDid'] as const

/**
 * The field that a problem belongs to: the longest of some paths that the path of the problem begins with.
 * @returns undefined when it belongs to none: it stands above the form
 */
export const fieldOf = (path: string, fields: readonly string[]): string | undefined =>
  fields
    .filter(field => path === field || (path.startsWith(field) && /^[.[]/.test(path.slice(field.length))))
    .sort((one, other) => other.length - one.length)[0]
