import type { Test } from 'tap'
import type { WebhookRequest } from '../../src/schema/calls/delivery.js'
import { EVENT_TYPES } from '../../src/schema/event-type.js'
import type { Fixture } from '../../src/schema/fixture.js'
import type { Outcome, Send } from '../../src/service/deliveries/outcome.js'
import { createSandbox, type Sandbox } from '../../src/service/sandbox.js'
import { expectCall, type ModelExtension, type ModelMoment, type ModelRequest, type ModelStep } from './call-model.js'
import { countedIds, NOW, readFixture } from './emulator.js'
import fc from './random.js'

/** An outside caller, and another outside party. */
export const OUTSIDE = '+40722000111'
export const OUTSIDE_TOO = '+40733000222'

/** The directory of the tests of flows, as the model reads it. */
export const DIRECTORY = [
  { number: '0003*210', kind: 'phoneTerminal', name: 'Front Desk', publicNumber: '+40312345210' },
  { number: '0003*211', kind: 'phoneTerminal', name: 'Back Office' },
  { number: '0003*212', kind: 'phoneTerminal', publicNumber: '+40312345212' },
  { number: '0003*213', kind: 'phoneTerminal', name: 'Night Desk' },
  { number: '0003*300', kind: 'queue', name: 'Support', publicNumber: '+40312345300' },
  { number: '0003*400', kind: 'ivr', name: 'Welcome Menu', publicNumber: '+40312345400' },
  { number: '0003*500', kind: 'conference', name: 'Meeting Room' }
] as const satisfies readonly ModelExtension[]

/** A fixture of that directory with an event of every type on every extension, at `/{extension}/{moment}`. */
export const worldOf = (receiver: string, method: '0' | '1' = '0'): Fixture => ({
  ...readFixture('default'),
  extensions: DIRECTORY.map(extension => ({ ...extension, owner: '12' })),
  phoneCallEvents: DIRECTORY.flatMap(({ number }) =>
    EVENT_TYPES.map(({ code, name }) => ({
      extension: number,
      type: code,
      id: `${name}${number.slice(-3)}`,
      method,
      url: `${receiver}/${number.slice(-3)}/${name}`
    }))
  )
})

/** A sandbox with a frozen clock and the fixture of `worldOf`, and the webhooks that it sent. The caller closes it. */
export async function openFrozenWorld(t: Test): Promise<{ sandbox: Sandbox; sent: WebhookRequest[] }> {
  const sent: WebhookRequest[] = []
  const send: Send = async request => {
    sent.push(request)
    return OK
  }
  const sandbox = createSandbox(
    { database: ':memory:', machineClock: () => NOW, newId: countedIds() },
    { send, report: error => t.fail(String(error)) }
  )
  sandbox.fixtures.replace([{ name: 'world', document: worldOf('http://receiver.test', '1') }])
  sandbox.resume()
  await sandbox.clock.set({ mode: 'frozen' })
  return { sandbox, sent }
}

/** What a receiver that is never reached answers. */
export const OK: Outcome = {
  kind: 'answered',
  ms: 1,
  response: { status: 200, headers: {}, body: '', truncated: false }
}

/** The form that the model expects at a moment. */
export function formOf(
  { leg, parameters }: ModelMoment,
  { legs, callApiId }: { legs: { callId?: string }[]; callApiId: string }
): string {
  const pairs: [string, string][] = [['CallID', legs[leg]?.callId ?? ''], ...parameters, ['CallAPIID', callApiId]]
  return new URLSearchParams(pairs).toString()
}

/** A moment in one line. */
export const lineOf = (
  { at, leg, extension, moment, callStatus, callFlow }: Omit<ModelMoment, 'parameters'>,
  placedAt = 0
): string => `${at - placedAt} ms, leg ${leg}, ${extension}: ${moment} ${callStatus} ${callFlow}`

/** A step that may be possible or not. */
const numbers = [...DIRECTORY.map(({ number }) => number), OUTSIDE_TOO, '212', '+40312345210', '*72']
const number = fc.constantFrom(...numbers)
const outcome = fc.constantFrom('busy', 'noAnswer', 'cancelled', 'congestion', 'unavailable' as const)
const verb = fc.oneof(
  { weight: 3, arbitrary: fc.record({ ring: number }) },
  {
    weight: 4,
    arbitrary: fc.record({ ring: number, via: fc.constantFrom('0003*300', '0003*400') })
  },
  { weight: 2, arbitrary: fc.record({ ring: fc.uniqueArray(number, { minLength: 1, maxLength: 3 }) }) },
  { weight: 6, arbitrary: fc.record({ answer: number }) },
  { weight: 4, arbitrary: fc.record({ reject: number, outcome }) },
  {
    weight: 8,
    arbitrary: fc.record({
      transfer: fc.record({ from: number, to: number, kind: fc.constantFrom('blind', 'attended' as const) })
    })
  },
  { weight: 3, arbitrary: fc.record({ complete: number }) },
  { weight: 3, arbitrary: fc.record({ hangup: number }) },
  { weight: 1, arbitrary: fc.record({ hangup: fc.constantFrom('all', ...numbers), outcome }) }
)

/** Steps that may be possible or not, with short times between them. */
export const anySteps = (length: number): fc.Arbitrary<ModelStep[]> =>
  fc.array(
    fc
      .tuple(fc.integer({ min: -3, max: 5 }), verb)
      .map(([ms, step]): ModelStep => ({ ...(ms > 0 && { afterMs: ms }), ...step })),
    { minLength: length, maxLength: length }
  )

/** Calls that can be placed, without steps. */
export const anyCall: fc.Arbitrary<ModelRequest> = fc
  .record(
    {
      from: fc.constantFrom(OUTSIDE, '0003*211', '0003*213'),
      to: fc.oneof(
        fc.constantFrom('0003*210', '+40312345212', '0003*300', '0003*400', '0003*500', '0003*210'),
        fc.uniqueArray(fc.constantFrom('0003*210', '0003*212', '0003*300', '0003*400', '0003*500'), {
          minLength: 1,
          maxLength: 3
        })
      ),
      callerName: fc.constantFrom('Ana & Ben + *', ''),
      callerNumber: fc.constantFrom('anonymous', '', '+1 (22) 33'),
      calledDid: fc.constantFrom('+40390000000', '')
    },
    { requiredKeys: ['to'] }
  )
  .map(({ from, ...request }) => ({ ...(from !== undefined && { from }), ...request }))

/**
 * A request with steps that can happen: of many, those are kept that the model accepts.
 * @param withLast also the first one that the model refuses, as the last step
 */
export function grow(request: ModelRequest, steps: readonly ModelStep[], withLast: boolean): ModelRequest {
  const kept: ModelStep[] = []
  let refused: ModelStep | undefined
  for (const step of steps) {
    if ('moments' in expectCall({ ...request, steps: [...kept, step] }, DIRECTORY)) kept.push(step)
    else if (kept.length > 2) refused ??= step
  }
  return { ...request, steps: [...kept, ...(withLast && refused ? [refused] : [])] }
}
