import Type from 'typebox'
import { CallId, DeliveryState, MomentName } from '../schema/calls/call.js'
import { ExtensionNumber, UserId } from '../schema/directory.js'
import { EventType } from '../schema/event-type.js'
import { RequestMatch } from '../schema/journal.js'
import { DEFAULT_LIMIT, MAX_LIMIT } from '../schema/list-limit.js'
import { Operation } from '../schema/operations.js'
import { EventId } from '../schema/phone-call-event.js'
import type { CommandTable } from './command.js'
import { PARAMETER_OPTION } from './parameter-option.js'

/** Options for the length of a printed list. */
export const LIST_OPTIONS = {
  follow: {
    flag: 'follow',
    type: Type.Boolean(),
    default: false,
    meaning: 'Keep printing new and changed ones, until Ctrl+C.'
  },
  limit: {
    flag: 'limit',
    placeholder: 'number',
    type: Type.Integer({ minimum: 1, maximum: MAX_LIMIT }),
    default: DEFAULT_LIMIT,
    meaning: 'Only the newest, at most this many.'
  }
} as const satisfies CommandTable

/** The option for a list as a document. */
export const HAR_OPTION = {
  har: {
    flag: 'har',
    placeholder: 'file',
    type: Type.String({ minLength: 1 }),
    meaning: 'Write them to this file as a HAR 1.2 document instead, and overwrite it; not with --follow.'
  }
} as const satisfies CommandTable

/** Conditions on deliveries and on received requests. */
export const MATCH_OPTIONS = {
  extension: {
    flag: 'extension',
    placeholder: 'number',
    type: ExtensionNumber,
    meaning: 'Only those of this extension, for example 0003*210.'
  },
  type: { flag: 'type', placeholder: 'type', type: EventType, meaning: 'Only those of this event type.' },
  eventId: { flag: 'event', placeholder: 'id', type: EventId, meaning: 'Only those of this phone call event.' }
} as const satisfies CommandTable

/** Conditions on deliveries. */
export const DELIVERY_OPTIONS = {
  callId: { flag: 'call', placeholder: 'id', type: CallId, meaning: 'Only those of this call.' },
  moment: {
    flag: 'moment',
    placeholder: 'moment',
    type: MomentName,
    meaning: 'Only those of this moment of their call.'
  },
  state: { flag: 'state', placeholder: 'state', type: DeliveryState, meaning: 'Only those in this state.' }
} as const satisfies CommandTable

/** Conditions on the requests of deliveries. */
export const SENT_OPTIONS = {
  webhookUrl: {
    flag: 'webhook-url',
    placeholder: 'url',
    type: Type.String({ minLength: 1 }),
    meaning: 'Only those sent to this url, which in a GET includes the parameters; a * at the end matches any rest.'
  },
  callStatus: {
    flag: 'call-status',
    placeholder: 'status',
    type: Type.String({ minLength: 1 }),
    meaning: 'Only those with this CallStatus, for example ANSWER.'
  },
  callFlow: {
    flag: 'call-flow',
    placeholder: 'flow',
    type: Type.String({ minLength: 1 }),
    meaning: 'Only those with this CallFlow: in or out; IN or OUT with callFlowCase upper.'
  },
  parameter: {
    ...PARAMETER_OPTION,
    meaning: 'Only those with this parameter.'
  }
} as const satisfies CommandTable

/** Conditions on received requests. */
export const REQUEST_OPTIONS = {
  method: {
    flag: 'method',
    placeholder: 'method',
    type: Type.String({ pattern: '^[A-Z-]{1,32}$', description: 'For example POST.' }),
    meaning: 'Only those with this HTTP method; for deliveries GET or POST.'
  },
  operation: {
    flag: 'operation',
    placeholder: 'operation',
    type: Operation,
    meaning: 'Only those of this operation.'
  },
  status: {
    flag: 'status',
    placeholder: 'status',
    type: Type.Integer({ minimum: 100, maximum: 599 }),
    meaning: 'Only those answered with this status.'
  },
  user: { flag: 'user', placeholder: 'id', type: UserId, meaning: 'Only those authenticated as this user.' },
  path: {
    flag: 'path',
    placeholder: 'path',
    type: RequestMatch.properties.path,
    meaning: 'Only those to this path, without the query; a * at the end matches any rest.'
  },
  unmatched: {
    flag: 'unmatched',
    type: Type.Boolean(),
    meaning: 'Only those whose method and path belong to no operation.'
  }
} as const satisfies CommandTable

const named = (flag: string, example: string, meaning: string) =>
  ({
    flag,
    placeholder: 'name=value',
    type: Type.String({ pattern: '^[^=]+=', description: `For example ${example}.` }),
    repeatable: true,
    meaning
  }) as const

/** Conditions on the content of received requests. */
export const CONTENT_OPTIONS = {
  query: named('query', 'count=10', 'Only those with this parameter in their query.'),
  header: named('header', 'Content-Type=application/json', 'Only those with this header; secrets as they are masked.'),
  body: named(
    'body',
    'url=http://127.0.0.1:3000/hook or $.a.b[0]=5',
    'Only those whose body has this form parameter or JSON member, also by its JSON path.'
  )
} as const satisfies CommandTable
