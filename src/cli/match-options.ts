import Type from 'typebox'
import { ExtensionNumber, UserId } from '../schema/directory.js'
import { EventType } from '../schema/event-type.js'
import { RequestMatch } from '../schema/journal.js'
import { Operation } from '../schema/operations.js'
import { EventId } from '../schema/phone-call-event.js'
import type { CommandTable } from './command.js'

/** What webhooks and requests can both be looked for by. */
export const MATCH_OPTIONS = {
  extension: {
    flag: 'extension',
    placeholder: 'number',
    type: ExtensionNumber,
    meaning: 'Only those of an extension.'
  },
  type: { flag: 'type', placeholder: 'type', type: EventType, meaning: 'Only those of events of a type.' },
  eventId: { flag: 'event', placeholder: 'id', type: EventId, meaning: 'Only those of an event.' }
} as const satisfies CommandTable

/** What requests alone can be looked for by. */
export const REQUEST_OPTIONS = {
  method: {
    flag: 'method',
    placeholder: 'method',
    type: Type.String({ pattern: '^[A-Z-]{1,32}$', description: 'For example POST.' }),
    meaning: 'Only those of a method of HTTP.'
  },
  operation: {
    flag: 'operation',
    placeholder: 'operation',
    type: Operation,
    meaning: 'Only those that ask for something.'
  },
  status: {
    flag: 'status',
    placeholder: 'status',
    type: Type.Integer({ minimum: 100, maximum: 599 }),
    meaning: 'Only those that were answered with a status.'
  },
  user: { flag: 'user', placeholder: 'id', type: UserId, meaning: 'Only those of a user.' },
  path: {
    flag: 'path',
    placeholder: 'path',
    type: RequestMatch.properties.path,
    meaning: 'Only those to a path, without its query; one that ends in * is what paths begin with.'
  },
  unmatched: { flag: 'unmatched', type: Type.Boolean(), meaning: 'Only those that no operation answers.' }
} as const satisfies CommandTable
