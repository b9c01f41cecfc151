import type { Test } from 'tap'
import type { AppOptions } from '../../src/app.js'
import type { Fixture } from '../../src/schema/fixture.js'
import type { PhoneCall } from '../../src/schema/phone-call.js'
import { type AskOptions, type Running, readFixture, start } from './emulator.js'

/** The path of Create, and that of the calls of an extension. */
export const SIMPLE = '/uapi/phoneCalls/@me/simple'
export const CALLS = '/uapi/phoneCalls/@me/0003*210'

/** The default fixture with two more phones of user 13, and a public number of one of them. */
export const FIXTURE: Fixture = {
  ...readFixture('default'),
  extensions: [
    ...(readFixture('default').extensions ?? []),
    { number: '0003*212', owner: '13', kind: 'phoneTerminal', publicNumber: '+40312345212' },
    { number: '0003*213', owner: '13', kind: 'phoneTerminal', name: 'Night Desk' }
  ]
}

/** A body of Create: 0003*210 calls 0003*211. */
export const newCall = (view: object = {}, members: object = {}) => ({
  extension: '0003*210',
  phoneCallView: [{ source: '0003*210', destination: '0003*211', ...view }],
  ...members
})

/** The printed time so many seconds after a test began. */
export const at = (seconds: number, zone = '+00:00', hours = 10): string =>
  `2026-03-01T${hours}:${String(20 + Math.floor((30 + seconds) / 60)).padStart(2, '0')}:${String((30 + seconds) % 60).padStart(2, '0')}${zone}`

/** A call as the control API shows it, as far as these tests read it. */
export interface ShownCall {
  callId: string
  callApiId: string
  state: string
  outcome: string | null
  placedAt: string
  phoneCall?: object
  moments: { moment: string; leg: number; extension: string; at: string; callStatus: string; callFlow: string }[]
}

/** An emulator with a frozen clock, and the requests that the tests of PhoneCalls repeat. */
export interface Frozen extends Running {
  /** Places a call, which must succeed. @param query with its question mark */
  place(body?: object, query?: string, options?: AskOptions): Promise<PhoneCall>
  /** The calls of an extension that go on. */
  list(path?: string): Promise<PhoneCall[]>
  /** Advances the clock by milliseconds. */
  advance(ms: number): Promise<void>
  phone(number: string, behaviour: object): Promise<void>
  /** The call with the id of a PhoneCall, over the control API. */
  call(id: string): Promise<ShownCall>
  /** The moments of a call, one a line: milliseconds since it was placed, extension, moment, CallStatus, CallFlow. */
  moments(id: string): Promise<string[]>
}

/** Starts an emulator and freezes its clock. */
export async function startFrozen(
  t: Test,
  { fixture = FIXTURE, ...options }: Partial<AppOptions> & { fixture?: unknown } = {}
): Promise<Frozen> {
  const running = await start(t, { fixture, ...options })
  const { ask } = running
  const mustSucceed = async (method: string, path: string, body?: unknown, options: AskOptions = {}) => {
    const answer = await ask(method, path, { ...(body !== undefined && { body }), ...options })
    if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`)
    return answer.body
  }
  await mustSucceed('PUT', '/_emulator/clock', { mode: 'frozen' })
  const call = async (id: string): Promise<ShownCall> => {
    const { calls } = await mustSucceed('GET', '/_emulator/calls?limit=1000')
    return calls.find(({ callApiId }: ShownCall) => callApiId === id)
  }
  return {
    ...running,
    place: async (body = newCall(), query = '', options = {}) =>
      (await mustSucceed('POST', SIMPLE + query, body, options))[0],
    list: async (path = CALLS) => (await mustSucceed('GET', path)).entry,
    advance: async ms => void (await mustSucceed('POST', '/_emulator/clock/advance', { ms })),
    phone: async (number, behaviour) =>
      void (await mustSucceed('PUT', `/_emulator/phones/${encodeURIComponent(number)}`, behaviour)),
    call,
    moments: async id => {
      const { moments, placedAt } = await call(id)
      return moments.map(
        ({ at, extension, moment, callStatus, callFlow }) =>
          `${Date.parse(at) - Date.parse(placedAt)} ${extension.slice(-3)} ${moment} ${callStatus} ${callFlow}`
      )
    }
  }
}
