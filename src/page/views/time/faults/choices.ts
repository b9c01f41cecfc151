import { EVENT_TYPES } from '../../../../schema/event-type.js'

/** The event types, and any of them. */
export const TYPES = [
  { value: '', label: 'any' },
  ...EVENT_TYPES.map(({ code, label }) => ({ value: code, label: `${code}, ${label}` }))
]

/** The moments, and any of them. */
export const MOMENTS = [{ value: '', label: 'any' }, ...EVENT_TYPES.map(({ name, label }) => ({ value: name, label }))]

/** The effects on requests, by the member that stands for them. */
export const REQUEST_EFFECTS = [
  { value: 'status', label: 'answer with a status' },
  { value: 'delayMs', label: 'delay' },
  { value: 'drop', label: 'drop the connection' }
]

/** The effects on webhooks. */
export const WEBHOOK_EFFECTS = [
  { value: 'hold', label: 'hold until released' },
  { value: 'delayMs', label: 'delay' },
  { value: 'duplicate', label: 'send again' },
  { value: 'drop', label: 'do not send' },
  { value: 'change', label: 'change parameters' }
]
