import type { Call } from '../../../../schema/calls/call.js'
import type { CallRequest } from '../../../../schema/calls/call-request.js'
import type { Delivery } from '../../../../schema/calls/delivery.js'
import type { Directory } from '../../../../schema/state.js'
import { partiesOf } from './parties.js'
import { type ScriptRequest, scriptOf, shorten } from './script.js'

/** The requests that place a call again: by its steps, and in the shortest form. */
export interface Placing {
  bySteps: CallRequest
  shortest: CallRequest
}

/**
 * The requests that place a call again, with its identity where it is not what it would be by itself.
 * @param sent its webhooks: only they have CallerIDNum and CalledDID
 * @returns undefined while no source of a call of the vendor's API has picked up
 */
export function placingOf(
  call: Call,
  sent: readonly Delivery[],
  directory: Directory | undefined
): Placing | undefined {
  const extensions = new Map(directory?.extensions.map(extension => [extension.number, extension]))
  const script = scriptOf(call, number => extensions.get(number)?.kind)
  if (script === undefined) return undefined
  const identity = identityOf(call, sent, directory)
  const merge = (request: ScriptRequest): CallRequest => {
    const { from, to, ...others } = request
    return { ...(from !== undefined && { from }), to, ...identity, ...others }
  }
  return { bySteps: merge(script), shortest: merge(shorten(script)) }
}

type Identity = Pick<CallRequest, 'callerName' | 'callerNumber' | 'dialled' | 'calledDid'>

function identityOf(call: Call, sent: readonly Delivery[], directory: Directory | undefined): Identity {
  const parties = partiesOf(call)
  if (parties === undefined) return {}
  const { from, to, caller, firstCalled, firstAdded } = parties
  const { extension, number = '' } = call.legs[caller] ?? {}
  const known = directory?.extensions.find(one => one.number === extension)
  const ofFirstLegs = call.moments.filter(({ leg }) => leg === caller || (leg >= firstCalled && leg < firstAdded))
  const ids = new Set(ofFirstLegs.flatMap(({ armed }) => armed.map(({ deliveryId }) => deliveryId)))
  const parameters = sent.filter(({ id }) => ids.has(id)).map(parametersOf)
  const sentValue = (name: string) => parameters.find(one => one.has(name))?.get(name) ?? undefined

  const callerNumber = sentValue('CallerIDNum')
  const isNumberSet = callerNumber !== undefined && callerNumber !== (extension ?? number) && callerNumber.length <= 80
  const name =
    extension === undefined
      ? withoutPlus(isNumberSet ? callerNumber : number)
      : (known?.name ?? extension.split('*')[1])
  const [called = ''] = [to].flat()
  const did = sentValue('CalledDID')
  const own = directory?.extensions.find(one => one.number === call.legs[firstCalled]?.extension)?.publicNumber ?? ''
  const isDidSet =
    did !== undefined && /^[0-9]{1,33}$/.test(did) && ![withoutPlus(called), withoutPlus(own)].includes(did)
  return {
    ...(call.callerName !== name && { callerName: call.callerName }),
    ...(isNumberSet && { callerNumber }),
    ...(call.phoneCall === undefined && call.dialled !== called && from !== call.dialled && { dialled: call.dialled }),
    ...(isDidSet && { calledDid: did })
  }
}

/** The parameters of a webhook: of a GET they stand in its query, after those of the url itself. */
const parametersOf = ({ request: { method, url, body } }: Delivery): URLSearchParams =>
  new URLSearchParams(method === 'POST' ? body : url.slice(url.indexOf('?') + 1))

const withoutPlus = (number: string): string => number.replace(/^\+/, '')
