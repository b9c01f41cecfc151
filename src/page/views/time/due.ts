import { computed } from '@preact/signals'
import type { NextStep } from '../../../schema/calls/call-step.js'
import type { Delivery } from '../../../schema/calls/delivery.js'
import { calls, deliveries } from '../../emulator/contents.js'

/** Something that will happen: a step of a call, or a webhook that waits for the clock. */
export interface DueThing {
  key: string
  /** By the sandbox's clock, in milliseconds. */
  at: number
  what: string
  callId: string
  /** Undefined for a step. */
  delivery?: Delivery
}

/** What will happen as the clock goes on, in order. */
export const due = computed<readonly DueThing[]>(() => {
  const things: DueThing[] = []
  for (const { callId, state, next } of calls.all.value) {
    if (state === 'ended') continue
    next.forEach((step, index) => {
      things.push({ key: `${callId} ${step.at} ${index}`, at: Date.parse(step.at), what: printStep(step), callId })
    })
  }
  for (const delivery of deliveries.all.value) {
    const { id, callId, dueAt } = delivery
    if (dueAt === undefined) continue
    things.push({ key: `webhook ${id}`, at: Date.parse(dueAt), what: `webhook ${id}`, callId, delivery })
  }
  return things.sort((one, other) => one.at - other.at)
})

/** The webhooks that faults hold, in the order of their ids. */
export const heldWebhooks = computed<readonly Delivery[]>(() =>
  deliveries.all.value.filter(({ heldBy }) => heldBy !== undefined)
)

/** A step as a person reads it: `answer 0003*210`, `transfer 0003*210 to 0003*211`. */
function printStep({ at, outcome, via, transfer, ...verbs }: NextStep): string {
  const [verb, value] = Object.entries(verbs)[0] ?? ['transfer', transfer && `${transfer.from} to ${transfer.to}`]
  return [verb, [value].flat().join(', '), via && `through ${via}`, outcome && `as ${outcome}`]
    .filter(Boolean)
    .join(' ')
}
