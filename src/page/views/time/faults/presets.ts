import type { FaultRequest } from '../../../../schema/fault.js'

/** Faults that are added together by one click. */
export interface Preset {
  label: string
  /** What will be seen. */
  meaning: string
  faults: readonly FaultRequest[]
}

const WEBHOOKS = { operation: 'delivery' } as const

/** The presets, those of webhooks first. */
export const PRESETS: readonly Preset[] = [
  {
    label: 'Hangup before Answer',
    meaning: 'Holds the Answer webhooks, so that the Hangup overtakes them. Release them when it has arrived.',
    faults: [
      { on: { ...WEBHOOKS, type: '3' }, do: { hold: true } },
      { on: { ...WEBHOOKS, type: '4' }, do: { hold: true } }
    ]
  },
  {
    label: 'Every webhook twice',
    meaning: 'Sends each webhook again when it was answered.',
    faults: [{ on: WEBHOOKS, do: { duplicate: 1 } }]
  },
  {
    label: 'Receiver gone',
    meaning: 'Sends no webhook: each fails.',
    faults: [{ on: WEBHOOKS, do: { drop: true } }]
  },
  {
    label: '503 twice, then well',
    meaning: 'Answers the next two requests with 503 and Retry-After.',
    faults: [{ on: { operation: '*' }, times: 2, do: { status: 503, headers: { 'Retry-After': '1' } } }]
  },
  {
    label: 'Token endpoint slow',
    meaning: 'Answers requests for a token five seconds later.',
    faults: [{ on: { operation: 'token' }, do: { delayMs: 5_000 } }]
  },
  {
    label: 'Connection reset on create',
    meaning: 'Resets the connection of each Create of an event or a call.',
    faults: [
      { on: { operation: 'create' }, do: { drop: 'reset' } },
      { on: { operation: 'phoneCalls.create' }, do: { drop: 'reset' } }
    ]
  }
]
