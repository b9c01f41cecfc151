import { ANSWERED_HANGUP_STATUSES } from '../../../schema/calls/call.js'
import { type CallOutcome, OUTCOMES } from '../../../schema/calls/call-step.js'
import type { ExtensionKind } from '../../../schema/directory.js'
import type { EventType } from '../../../schema/event-type.js'
import type { Settings } from '../../../schema/settings.js'
import { extensionOfLeg } from '../pair-webhooks.js'
import type { SentWebhook } from '../sent-webhook.js'

/** A webhook of a call: when it came, in milliseconds since 1970. */
export interface TimedWebhook {
  at: number
  webhook: SentWebhook
}

/** A moment of a call, as its webhooks show it. Several webhooks may show the same one. */
export interface SeenMoment extends TimedWebhook {
  leg: SeenLeg
  stage: 'dial' | 'answer' | 'hangup'
  status: string
}

/** A leg of a call, as its webhooks show it. */
export interface SeenLeg {
  direction: 'in' | 'out'
  /** The extended number. */
  extension: string
  /** The number that it calls, of an out leg. */
  called: string
  /** The extension that calls it, of an in leg; empty for a caller from outside. */
  caller: string
}

/** The parties of the beginning of a call: who is called first, and the IVR or queue that it goes on behind. */
export interface SeenParties {
  to: string | string[]
  /** The legs that ring at first. */
  legs: SeenLeg[]
  via: string | undefined
}

/** What has to be known of a PBX to read its webhooks. */
export interface Surroundings {
  /** Undefined for an extension that is not known. */
  kindOf(extension: string): ExtensionKind | undefined
  /** The public number of an extension, without its +; empty without one. */
  publicNumberOf(extension: string): string
  /** The types of the events whose url has an address. */
  typesOf(address: string): ReadonlySet<EventType>
  settings: Settings
}

/** The moments of a call, in the order in which their webhooks came. */
export function readMoments(
  webhooks: readonly TimedWebhook[],
  { typesOf, settings }: Pick<Surroundings, 'typesOf' | 'settings'>
): SeenMoment[] {
  const legs = new Map<string, SeenLeg>()
  const answered = new Set<SeenLeg>()
  const moments: SeenMoment[] = []
  for (const { at, webhook } of webhooks) {
    const leg = legOf(webhook, legs)
    const status = webhook.value('CallStatus')
    const types = typesOf(webhook.address)
    const isAnswer =
      status === 'ANSWER' &&
      !answered.has(leg) &&
      (types.size === 0 || types.has('3') || types.has('4') || settings.hangupStatus !== 'cause')
    const isOnlyHangup = types.size === 1 && types.has('2')
    const stage = status === 'CALLING' ? 'dial' : isAnswer && !isOnlyHangup ? 'answer' : 'hangup'
    const isKnown = moments.some(other => other.leg === leg && other.stage === stage)
    if (stage === 'answer') answered.add(leg)
    if (!isKnown) moments.push({ at, webhook, leg, stage, status })
  }
  return moments
}

function legOf(webhook: SentWebhook, legs: Map<string, SeenLeg>): SeenLeg {
  const direction = webhook.value('CallFlow').toLowerCase() === 'out' ? 'out' : 'in'
  const extension = extensionOfLeg(webhook)
  const key = [direction, extension, webhook.value('CallID')].join('\n')
  const known = legs.get(key)
  const called = webhook.value('CalledExtension') || webhook.value('CalledNumber')
  const leg = known ?? { direction, extension, called, caller: webhook.value('CallerExtension') }
  if (leg.called === '') leg.called = called // a Dial-In has no CalledNumber
  legs.set(key, leg)
  return leg
}

/**
 * The outcome of a CallStatus of a Hangup. One that the emulator has not is that of the outcome whose CallStatus it contains,
 * and otherwise not answered.
 */
export const outcomeOf = (status: string): CallOutcome => {
  const names = Object.keys(OUTCOMES) as CallOutcome[] // the keys of a const table
  const plain = status.toUpperCase().replace(/[^A-Z]/g, '')
  if (Object.values<string>(ANSWERED_HANGUP_STATUSES).includes(plain)) return 'answered'
  return names.find(name => name !== 'answered' && plain.includes(OUTCOMES[name].callStatus)) ?? 'noAnswer'
}
