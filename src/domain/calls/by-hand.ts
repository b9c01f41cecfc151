import type {
  AnswerRequest,
  CompleteRequest,
  HangupRequest,
  RejectRequest,
  RingRequest
} from '../../schema/calls/call-request.js'
import type { Step, Transfer } from '../../schema/calls/call-step.js'
import type { Problem } from '../schema-check.js'
import type { ResolveParty } from './party.js'
import { readStep } from './script.js'
import type { Verb } from './verb.js'

/** A verb that the control API performs by hand, with its request. @source control-api.md "Calls and deliveries" */
export type VerbByHand =
  | ({ verb: 'ring' } & RingRequest)
  | ({ verb: 'answer' } & AnswerRequest)
  | ({ verb: 'reject' } & RejectRequest)
  | ({ verb: 'transfer' } & Transfer)
  | ({ verb: 'complete' } & CompleteRequest)
  | ({ verb: 'hangup' } & HangupRequest)

/** The verb of a request with its parties resolved, or the problems of the request. */
export function readByHand(request: VerbByHand, resolve: ResolveParty): { verb: Verb } | { problems: Problem[] } {
  if (request.verb === 'answer' && request.number === undefined) return { verb: { verb: 'answer' } }
  const read = readStep(stepOf(request), resolve)
  if ('verb' in read) return read
  return { problems: read.problems.map(({ path, message }) => ({ path: pathOf(path), message })) }
}

/** The step that does the same as a request. */
function stepOf(request: VerbByHand): Step {
  switch (request.verb) {
    case 'ring':
      return { ring: request.number, ...(request.via !== undefined && { via: request.via }) }
    case 'answer':
      return { answer: request.number ?? '' }
    case 'reject':
      return { reject: request.number, outcome: request.outcome }
    case 'transfer': {
      const { from, to, kind } = request
      return { transfer: { from, to, kind } }
    }
    case 'complete':
      return { complete: request.extension }
    case 'hangup':
      return { hangup: request.number ?? 'all', ...(request.outcome && { outcome: request.outcome }) }
  }
}

/** The path of a member in a request by hand: `$.number[1]` for `.ring[1]`. */
const pathOf = (path: string): string =>
  `$${path
    .replace(/^\.(ring|answer|reject|hangup)/, '.number')
    .replace(/^\.complete/, '.extension')
    .replace(/^\.transfer/, '')}`
