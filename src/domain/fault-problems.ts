import { EVENT_TYPES } from '../schema/event-type.js'
import { type FaultEffect, type FaultRequest, type FaultScope, MAX_DELAY_MS, REQUEST_DROPS } from '../schema/fault.js'
import type { FaultOperation } from '../schema/operations.js'
import { deliveryEffectOf, requestEffectOf } from './fault.js'
import { type Problem, printPath } from './schema-check.js'

/**
 * The problems of a fault that could never apply. The existence of its extension and event is not checked here.
 * @source control-api.md "Watching and verifying"
 */
export function problemsOfFault({ on, do: effect }: FaultRequest): Problem[] {
  return [...problemsOfScope(on), ...problemsOfEffect(on.operation, effect)]
}

/** The members that belong to an effect, by name. */
const BELONGS_TO = { code: 'status', headers: 'status', concurrent: 'duplicate', clock: 'delayMs' } as const

const OF_REQUESTS = `{"status","code"?,"headers"?,"delayMs"?}, {"delayMs"} or {"drop":${REQUEST_DROPS.map(how => `"${how}"`).join('|')}}`
const OF_DELIVERIES =
  '{"hold":true}, {"duplicate":n,"concurrent"?}, {"drop":true}, {"delayMs","clock"?} or {"change":{"parameters"}}'

/** Headers that a fault cannot set: those of the connection and of the body, and the emulator's own. */
const RESERVED_HEADER =
  /^(?:connection|keep-alive|proxy-.*|te|trailer|transfer-encoding|upgrade|content-.*|x-emulator-.*)$/i

function problemsOfScope(on: FaultScope): Problem[] {
  const { operation, type, moment } = on
  const problems: Problem[] = []
  const refuse = (names: readonly (keyof FaultScope)[], subject: string) => {
    for (const name of names.filter(name => on[name] !== undefined))
      problems.push({ path: `$.on.${name}`, message: `never matches: ${subject} has no ${name}` })
  }
  if (operation === 'token') refuse(['extension', 'type'], 'a token request')
  if (operation.startsWith('phoneCalls.')) refuse(['type'], 'a request of PhoneCalls')
  if (operation !== 'delivery') refuse(['callId', 'eventId', 'moment'], 'a request')
  const fired = EVENT_TYPES.find(({ code }) => code === type)?.name
  if (operation === 'delivery' && moment !== undefined && fired !== undefined && fired !== moment) {
    problems.push({ path: '$.on.moment', message: `never matches: type ${type} fires at ${fired}, not at ${moment}` })
  }
  return problems
}

function problemsOfEffect(operation: FaultOperation, effect: FaultEffect): Problem[] {
  const isDelivery = operation === 'delivery'
  const problems: Problem[] = []
  // Object.entries widens the keys of the const table to string.
  for (const [name, owner] of Object.entries(BELONGS_TO) as [keyof typeof BELONGS_TO, keyof FaultEffect][]) {
    if (effect[name] === undefined) continue
    if (effect[owner] === undefined) problems.push({ path: `$.do.${name}`, message: `requires ${owner}; add it` })
    else if (name === 'clock' && !isDelivery)
      problems.push({ path: '$.do.clock', message: 'is for deliveries only: requests are delayed by wall time' })
  }
  for (const name of Object.keys(effect.headers ?? {}).filter(name => RESERVED_HEADER.test(name))) {
    const message = 'cannot be set: the emulator sets the headers of the connection and of the body'
    problems.push({ path: printPath(['do', 'headers', name]), message })
  }
  const given = Object.keys(effect).filter(name => !(name in BELONGS_TO))
  const isBoth = !isDelivery && effect.status !== undefined && effect.delayMs !== undefined
  const [effectName, second] = isBoth ? ['status', ...given.filter(name => !/^(?:status|delayMs)$/.test(name))] : given
  if (effectName === undefined) return problems
  if (second !== undefined) {
    problems.push({ path: `$.do.${second}`, message: `cannot be combined with ${effectName}` })
  } else if ((isDelivery ? deliveryEffectOf(effect) : requestEffectOf(effect)) === undefined) {
    const possible = isDelivery ? OF_DELIVERIES : OF_REQUESTS
    problems.push({
      path: `$.do.${effectName}`,
      message: `does not fit on.operation "${operation}", which takes ${possible}`
    })
  }
  if ((effect.delayMs ?? 0) > MAX_DELAY_MS && effect.clock !== 'sandbox') {
    const message = `must be at most ${MAX_DELAY_MS} of wall time; got ${effect.delayMs}`
    problems.push({
      path: '$.do.delayMs',
      message: isDelivery ? `${message}. "clock":"sandbox" allows a day` : message
    })
  }
  return problems
}
