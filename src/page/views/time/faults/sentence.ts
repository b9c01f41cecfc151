import type { Fault } from '../../../../schema/fault.js'
import { printDuration } from '../../../emulator/clock.js'
import { findMoment, findType } from '../../../parts/labels.js'

/** What a fault does, in one sentence. */
export function sentenceOf(fault: Pick<Fault, 'on' | 'do' | 'times' | 'skip'>): string {
  const count = fault.times === null ? '' : fault.times === 1 ? ', once' : `, ${fault.times} times`
  const skip = fault.skip === 0 ? '' : `, after the first ${fault.skip}`
  return `${effectOf(fault)}${skip}${count}.`
}

function effectOf({ on, do: effect }: Pick<Fault, 'on' | 'do'>): string {
  const { status, code, headers, delayMs, clock, drop, hold, duplicate, concurrent, change } = effect
  const subject = subjectOf(on)
  const delay = delayMs === undefined ? '' : printDuration(delayMs)
  if (hold) return `Holds ${subject} until they are released`
  if (duplicate !== undefined)
    return `Sends ${subject} ${duplicate === 1 ? 'twice' : `${duplicate + 1} times`}${concurrent ? ', at the same time' : ''}`
  if (change) return `Changes ${Object.keys(change.parameters).join(', ')} of ${subject}`
  if (drop === true) return `Does not send ${subject}`
  if (drop !== undefined) return DROPS[drop].replace('$', subject)
  if (status === undefined && on.operation === 'delivery')
    return `Sends ${subject} ${delay} later${clock === 'sandbox' ? ", by the sandbox's clock" : ''}`
  if (status === undefined) return `Delays ${subject} by ${delay}`
  const names = Object.keys(headers ?? {}).join(', ')
  return `Answers ${subject} with ${status}${code ? ` ${code}` : ''}${names && `, with ${names}`}${delay && `, after ${delay}`}`
}

const DROPS = {
  reset: 'Resets the connection of $',
  empty: 'Closes the connection of $ without an answer',
  garbage: 'Answers $ with bytes that are not HTTP',
  truncate: 'Performs $ and cuts the answer in half'
}

function subjectOf({ operation, extension, type, moment, eventId, callId }: Fault['on']): string {
  const kind = findType(type)?.label ?? findMoment(moment)?.label
  const what =
    operation === 'delivery'
      ? `${kind ? `${kind} ` : ''}webhooks`
      : `${operation === '*' ? 'all' : operation} requests${kind ? ` of type ${kind}` : ''}`
  const of = [extension, eventId && `event ${eventId}`, callId && `call ${callId}`].filter(Boolean).join(', ')
  return of === '' ? what : `${what} of ${of}`
}
