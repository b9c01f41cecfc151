import type { Call } from '../../../../schema/calls/call.js'
import type { Delivery } from '../../../../schema/calls/delivery.js'
import { EVENT_TYPES } from '../../../../schema/event-type.js'
import type { Tone } from '../../../parts/marks.js'
import { printable } from './printable.js'

/** A party, the PBX, or the host of a receiver. */
export interface Lifeline {
  id: string
  /** Of any text from outside: hidden characters are replaced. */
  label: string
  kind: 'party' | 'pbx' | 'receiver'
}

/** An arrow from one lifeline to another. */
export interface Arrow {
  from: string
  to: string
  label: string
  /** When it happened, in milliseconds after the call was placed; undefined for the answer to the arrow before. */
  at?: number
  /** `answer`: what comes back; `lost`: it did not arrive, or was not answered. */
  kind: 'sent' | 'answer' | 'lost'
  tone: Tone
}

/** A call as a sequence of arrows between lifelines. */
export interface Sequence {
  lifelines: readonly Lifeline[]
  arrows: readonly Arrow[]
}

const PBX = 'PBX'

/** Characters of a name that are shown. */
const NAME = 24

const LABELS = Object.fromEntries(EVENT_TYPES.map(({ name, label }) => [name, label]))

/**
 * The sequence of a call: its parties, the PBX and the receivers, and what happens between them.
 * @param find the delivery of an id, unless it was forgotten
 * @source page.md "What it shows"
 */
export function sequenceOf(call: Call, find: (id: string) => Delivery | undefined): Sequence {
  const { legs, moments, phoneCall } = call
  const start = Date.parse(call.placedAt)
  const parties: Lifeline[] = []
  const receivers: Lifeline[] = []
  const arrows: Arrow[] = []
  const names = new Map<string, string>()
  const idOf = (list: Lifeline[], letter: string, kind: Lifeline['kind'], name: string, label = name) => {
    const known = names.get(letter + name)
    if (known !== undefined) return known
    const id = letter + (list.length + 1)
    names.set(letter + name, id)
    list.push({ id, kind, label: printable(label) })
    return id
  }
  const party = (index: number) => {
    const { extension, number = '' } = legs[index] ?? {}
    const label = extension ?? (number || printable(call.callerName, NAME) || 'Caller')
    return idOf(parties, 'P', 'party', extension ?? number, label)
  }
  const receiver = (url: string) => idOf(receivers, 'R', 'receiver', hostOf(url))

  for (const index of legs.keys()) party(index)
  if (phoneCall !== undefined) {
    const app = idOf(parties, 'P', 'party', ' ', 'Application')
    arrows.push({ from: app, to: PBX, label: 'Create a phone call', at: 0, kind: 'sent', tone: 'accent' })
  } else if (legs[0]?.extension === undefined)
    arrows.push({
      from: party(0),
      to: PBX,
      label: `${printable(call.callerName, NAME)} calls ${call.dialled}`.trim(),
      at: 0,
      kind: 'sent',
      tone: 'muted'
    })

  for (const [index, { moment, leg, at, callStatus, armed, extension }] of moments.entries()) {
    const before = moments[index - 1]
    const isFirst = before?.moment !== moment || before.at !== at
    // Of several that hang up at once, the first is drawn as the one that does.
    const isByParty = /^(dialOut|answerIncoming)$/.test(moment) || (moment === 'hangup' && isFirst)
    const [from, to] = isByParty ? [party(leg), PBX] : [PBX, party(leg)]
    const label = `${LABELS[moment]}${moment === 'hangup' ? ` ${callStatus}` : ''}`
    arrows.push({ from, to, label, at: Date.parse(at) - start, kind: 'sent', tone: 'muted' })
    for (const { url, deliveryId, state } of armed) {
      const delivery = find(deliveryId)
      const host = receiver(url)
      const sent = `${delivery?.request.method ?? ''} ${LABELS[moment]} of ${extension}`.trim()
      arrows.push(...webhookArrows(host, sent, deliveryId, delivery, delivery?.state ?? state))
    }
  }
  return { lifelines: [...callerFirst(parties, phoneCall !== undefined), ...receivers], arrows }
}

/** The caller stands left of the PBX, the others right of it. */
function callerFirst(parties: readonly Lifeline[], isByApplication: boolean): Lifeline[] {
  const pbx: Lifeline = { id: PBX, label: 'PBX', kind: 'pbx' }
  const left = isByApplication ? parties.slice(-1) : parties.slice(0, 1)
  return [...left, pbx, ...parties.filter(one => !left.includes(one))]
}

/** A webhook and its answer. */
function webhookArrows(
  host: string,
  sent: string,
  id: string,
  delivery: Delivery | undefined,
  state: Delivery['state']
): Arrow[] {
  const label = `webhook ${id}: ${sent}`
  const attempt = delivery?.attempts.at(-1)
  if (delivery?.heldBy !== undefined)
    return [{ from: PBX, to: host, label: `${label}, held by fault ${delivery.heldBy}`, kind: 'lost', tone: 'hold' }]
  if (state === 'blocked') return [{ from: PBX, to: host, label: `${label}, blocked`, kind: 'lost', tone: 'warn' }]
  if (attempt?.response === undefined) {
    const reason = attempt?.failure?.reason.replaceAll('_', ' ') ?? state
    const isLost = state === 'failed' || state === 'interrupted'
    return [
      {
        from: PBX,
        to: host,
        label: `${label}, ${reason}`,
        kind: isLost ? 'lost' : 'sent',
        tone: isLost ? 'bad' : state === 'delivered' ? 'good' : 'accent'
      }
    ]
  }
  const { response, ms } = attempt
  const isGood = state === 'delivered'
  return [
    { from: PBX, to: host, label, kind: 'sent', tone: 'accent' },
    {
      from: host,
      to: PBX,
      label: `${response.status}${ms === null ? '' : ` in ${Math.round(ms)} ms`}`,
      kind: 'answer',
      tone: isGood ? 'good' : 'bad'
    }
  ]
}

/** The host and port of a url; the url itself when it is none. */
export function hostOf(url: string): string {
  try {
    return new URL(url).host || url
  } catch {
    return url // the vendor's API takes texts that are no urls
  }
}
