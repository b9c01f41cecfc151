import type { RecordedExchange, RecordedWebhook } from '../../src/schema/recordings/recording.js'

/** The time of the first line of a recording by hand. */
export const RECORDED_AT = '2026-03-01T10:00:00.000Z'

/** The first line of a recording of exchanges, and that of one of webhooks. */
export const EXCHANGES_START = {
  recording: 'uapi-emulator',
  version: 1,
  at: RECORDED_AT,
  emulator: '0.1.0',
  upstream: 'https://pbx.test'
}
export const WEBHOOKS_START = { recording: 'uapi-emulator', version: 1, at: RECORDED_AT, emulator: '0.1.0' }

/** An exchange by hand. */
export interface ByHand {
  as?: string | undefined
  sent?: unknown
  headers?: [string, string][]
  status?: number
  answer?: unknown
}

/** The text of a recording of exchanges. */
export const exchangesByHand = (list: [method: string, target: string, parts?: ByHand][]): string =>
  [EXCHANGES_START, ...list.map((one, index) => exchangeByHand(index + 1, ...one))].map(toLine).join('')

/** The text of a recording of webhooks: the parameters of each, as GET to a path, one second apart. */
export const webhooksByHand = (
  list: [path: string, parameters: string, facts?: { ms?: number; atMs?: number }][]
): string =>
  [
    WEBHOOKS_START,
    ...list.map(
      ([path, parameters, { ms = 1, atMs } = {}], index): RecordedWebhook => ({
        webhook: index + 1,
        at: new Date(Date.parse(RECORDED_AT) + (atMs ?? index * 1000)).toISOString(),
        ms,
        request: { method: 'GET', target: `${path}?${parameters}`, headers: [['Host', 'receiver.test']] },
        response: { status: 200 }
      })
    )
  ]
    .map(toLine)
    .join('')

/** An exchange of a recording by hand. */
export function exchangeByHand(
  exchange: number,
  method: string,
  target: string,
  { as = 'token-1', sent, headers = [], status = 200, answer }: ByHand = {}
): RecordedExchange {
  return {
    exchange,
    at: new Date(Date.parse(RECORDED_AT) + exchange * 1000).toISOString(),
    ms: 1,
    request: {
      method,
      target,
      headers: [...(as === '' ? [] : [['Authorization', `Bearer ${as}`]]), ...headers],
      ...(sent !== undefined && { body: { text: typeof sent === 'string' ? sent : JSON.stringify(sent) } })
    },
    response: {
      status,
      statusText: '',
      headers: [['Content-Type', 'application/json; charset=utf-8']],
      ...(answer !== undefined && { body: { text: typeof answer === 'string' ? answer : JSON.stringify(answer) } })
    }
  }
}

const toLine = (value: unknown): string => `${JSON.stringify(value)}\n`

/** An event as a PBX prints it. */
export const eventByHand = (id: string, members: object = {}) => ({
  type: '0',
  id,
  method: '0',
  note: '',
  url: `http://receiver.test/${id}`,
  status: '1',
  modified: '2026-02-01T10:00:00+00:00',
  links: { self: `https://pbx.test/uapi/extensions/@me/0003*210/phoneCallEvents/0/${id}` },
  ...members
})

/** A collection as a PBX prints it. */
export const collectionByHand = (entry: object[], totalResults = entry.length) => ({
  startIndex: 0,
  totalResults,
  itemsPerPage: 20,
  filtered: true,
  sorted: true,
  entry
})

/** An error as a PBX prints it. */
export const errorByHand = (code: string, message: string) => ({ error: { code, message } })
