import Type from 'typebox'
import { EVENT_TYPE_LIST } from '../../../schema/event-type.js'
import type { EventList, ListedEvent } from '../../../schema/fixture.js'
import { METHODS, Note } from '../../../schema/phone-call-event.js'
import { actionArgument, checkAction, omitUndefined } from '../../action.js'
import { clientCommand } from '../../client-command.js'
import { renderJson } from '../../client-options.js'
import { LIST_OPTIONS, MATCH_OPTIONS } from '../../match-options.js'
import { OptionsInvalid } from '../../options.js'
import { renderEvents } from './directory-tables.js'

const ACTIONS = {
  list: { optional: ['extension', 'type', 'limit'] },
  add: { required: ['extension', 'type', 'webhookUrl'], optional: ['method', 'note', 'disabled'] },
  remove: { optional: ['id', 'extension', 'type', 'all'] }
} as const

const OPTIONS = {
  action: { ...actionArgument(ACTIONS), default: 'list' },
  id: { argument: true, flag: 'id', type: MATCH_OPTIONS.eventId.type, meaning: 'Id of the event, for remove.' },
  extension: { ...MATCH_OPTIONS.extension, meaning: 'Extension of the events, for example 0003*210.' },
  type: { ...MATCH_OPTIONS.type, meaning: `Type of the events: ${EVENT_TYPE_LIST}.` },
  limit: { ...LIST_OPTIONS.limit, meaning: 'With list: only the newest, at most this many.' },
  webhookUrl: {
    flag: 'webhook-url',
    placeholder: 'url',
    type: Type.String({ minLength: 1 }),
    meaning: 'With add: url that is called.'
  },
  method: {
    flag: 'method',
    placeholder: 'method',
    type: Type.Enum(['GET', 'POST']),
    default: 'GET',
    meaning: 'With add: HTTP method of the webhook.'
  },
  note: { flag: 'note', placeholder: 'text', type: Note, meaning: 'With add: note of the event.' },
  disabled: { flag: 'disabled', type: Type.Boolean(), meaning: 'With add: disable the event.' },
  all: { flag: 'all', type: Type.Boolean(), meaning: 'With remove: all events.' }
} as const

export const events = clientCommand({
  name: 'events',
  summary: 'List, add and remove phone call events',
  notes: [
    'Works without the API of the vendor: no request is recorded. list prints the events in the order in which they were ' +
      'added. remove takes an id, or --extension and --type, or --all.'
  ],
  examples: [
    'uapi-emulator events',
    "uapi-emulator events list --extension '0003*210' --json",
    "uapi-emulator events add --extension '0003*210' --type 0 --webhook-url http://127.0.0.1:4773/",
    "uapi-emulator events remove --extension '0003*210'"
  ],
  options: OPTIONS,
  check({ action, id, extension, type, all }, flags) {
    checkAction(`events ${action}`, ACTIONS[action], OPTIONS, flags)
    if (action !== 'remove') return
    const given = [id !== undefined, extension !== undefined || type !== undefined, all === true].filter(Boolean)
    if (given.length === 0) throw new OptionsInvalid(['id is missing. Give one, or --extension, --type or --all.'])
    if (given.length > 1) throw new OptionsInvalid(['id, --extension with --type, and --all exclude each other.'])
  },
  async run({ events }, { action, id, extension, type, limit, json, ...options }, context) {
    const print = (list: Pick<EventList, 'events' | 'total'>) =>
      context.out(json ? list.events.map(renderJson).join('') : renderEvents(list, context.page))
    switch (action) {
      case 'list':
        return print(await events.list({ extension, type, limit }))
      case 'add': {
        const { webhookUrl: url = '', method, note, disabled } = options // check() requires the url
        const status = disabled ? ('0' as const) : undefined
        const event = { extension: extension ?? '', type: type ?? '0', method: METHODS[method], url, note, status }
        const added: ListedEvent = await events.create(event)
        return print({ events: [added], total: 1 })
      }
      case 'remove': {
        if (id !== undefined) {
          await events.remove(id)
          return context.out(json ? renderJson({ id, removed: true }) : `Removed event ${id}.\n`)
        }
        const { removed } = await events.removeAll(omitUndefined({ extension, type }))
        return context.out(
          json ? renderJson({ removed }) : `Removed ${removed} ${removed === 1 ? 'event' : 'events'}.\n`
        )
      }
    }
  }
})
