import { signal } from '@preact/signals'

/** A fault as it is typed: every field as text. */
export interface TypedFault {
  operation: string
  extension: string
  type: string
  moment: string
  callId: string
  eventId: string
  effect: string
  status: string
  code: string
  headers: string
  answerDelayMs: string
  delayMs: string
  clock: string
  drop: string
  duplicate: string
  concurrent: boolean
  parameters: string
  times: string
  skip: string
}

/** What is in the form; it stays while other views are looked at. */
export const typedFault = signal<TypedFault>({
  operation: 'delivery',
  extension: '',
  type: '',
  moment: '',
  callId: '',
  eventId: '',
  effect: 'hold',
  status: '503',
  code: '',
  headers: '',
  answerDelayMs: '',
  delayMs: '5000',
  clock: 'wall',
  drop: 'reset',
  duplicate: '1',
  concurrent: false,
  parameters: '{"CallStatus": "BUSY"}',
  times: '',
  skip: ''
})

/**
 * The request of a typed fault. What is no number or no JSON is sent as it is, so that the emulator says what is wrong
 * with it. Members that are empty are left out.
 */
export function readFault(typed: TypedFault): object {
  const isWebhook = typed.operation === 'delivery'
  const { operation, extension, type, times, skip } = typed
  const ofWebhook = { moment: text(typed.moment), callId: text(typed.callId), eventId: text(typed.eventId) }
  return {
    on: { operation, extension: text(extension), type: text(type), ...(isWebhook && ofWebhook) },
    times: number(times),
    skip: number(skip),
    do: readEffect(typed, isWebhook)
  }
}

function readEffect(typed: TypedFault, isWebhook: boolean): object {
  switch (typed.effect) {
    case 'hold':
      return { hold: true }
    case 'duplicate':
      return { duplicate: number(typed.duplicate), concurrent: typed.concurrent || undefined }
    case 'drop':
      return { drop: isWebhook || typed.drop }
    case 'delayMs':
      return { delayMs: number(typed.delayMs), clock: isWebhook ? typed.clock : undefined }
    case 'change':
      return { change: { parameters: json(typed.parameters) } }
    default:
      return {
        status: number(typed.status),
        code: text(typed.code),
        headers: headers(typed.headers),
        delayMs: number(typed.answerDelayMs)
      }
  }
}

const text = (typed: string): string | undefined => typed.trim() || undefined

const number = (typed: string): string | number | undefined =>
  /^-?\d+(?:\.\d+)?$/.test(typed.trim()) ? Number(typed) : text(typed)

function json(typed: string): unknown {
  try {
    return JSON.parse(typed)
  } catch {
    return typed
  }
}

function headers(typed: string): object | undefined {
  const lines = typed.split('\n').filter(line => line.trim() !== '')
  if (lines.length === 0) return undefined
  return Object.fromEntries(
    lines.map(line => {
      const [name = '', ...value] = line.split(':')
      return [name.trim(), value.join(':').trim()]
    })
  )
}
