import { type EventType, EventType as EventTypes } from '../../../schema/event-type.js'
import { lazyCheck } from '../../../schema/lazy-check.js'
import type { RecordedExchange } from '../../../schema/recordings/recording.js'
import { operationOf } from '../operation-of.js'

/** What an exchange shows of calls and of the events that report them. */
export interface SeenRequest {
  /** The ids of the calls that it placed, and of those that it ended. */
  placed: string[]
  ended: string[]
  /** The events in its answer: the type of each, and its url. */
  events: { type: EventType; url: string }[]
  /** Whether its answer is a redirect with a code: consent is given without a page. */
  consents: boolean
}

/** Reads what an exchange shows of calls. */
export function readSeenRequest({ request, response }: RecordedExchange): SeenRequest {
  const isGiven = response?.headers.some(
    ([name = '', value = '']) => name.toLowerCase() === 'location' && /[?&]code=/.test(value)
  )
  const operation = operationOf(request.method, request.target)
  const consents = isGiven === true && operation === 'GET /oauth/authorize.php'
  const text = response?.body !== undefined && 'text' in response.body ? response.body.text : ''
  const isOfCalls = /^(?:POST|DELETE) \/uapi\/phoneCalls\//.test(operation)
  if (response?.status !== 200 || !(isOfCalls || /"url"/.test(text)))
    return { placed: [], ended: [], events: [], consents }
  const value = parse(text)
  const ids = isOfCalls && Array.isArray(value) ? value.flatMap(call => textOf(call, 'id') ?? []) : []
  return {
    placed: request.method === 'POST' ? ids : [],
    ended: request.method === 'DELETE' ? ids : [],
    events: eventsIn(value),
    consents
  }
}

const isEventType = lazyCheck(EventTypes)

/** The events at any depth of a value: objects with a type and a url. */
function eventsIn(value: unknown, depth = 0): SeenRequest['events'] {
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return []
  const [type, url] = [String(Reflect.get(value, 'type')), textOf(value, 'url')]
  if (url !== undefined) return isEventType(type) ? [{ type, url }] : []
  return Object.values(value).flatMap(member => eventsIn(member, depth + 1))
}

const MAX_DEPTH = 4

const textOf = (value: unknown, name: string): string | undefined => {
  const member: unknown = Reflect.get(Object(value), name)
  return typeof member === 'string' ? member : undefined
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // it shows nothing then
  }
}
