import { momentOf, printedWebhook } from '../../domain/comparing/calls/printed-webhook.js'
import { readMoments, type Surroundings } from '../../domain/comparing/calls/seen-call.js'
import { compareOrder } from '../../domain/comparing/compare-values.js'
import { compareWebhooks } from '../../domain/comparing/compare-webhooks.js'
import type { Finding } from '../../domain/comparing/finding.js'
import type { Grouping } from '../../domain/comparing/grouping.js'
import { createIdentities, type Identities } from '../../domain/comparing/identities.js'
import { pairWebhooks } from '../../domain/comparing/pair-webhooks.js'
import type { NotCompared } from '../../schema/recordings/comparison.js'
import type { OwnWebhook } from './compared-emulator.js'
import type { RecordedCall, RecordedCalls, WebhookLine } from './recorded-calls.js'
import type { CallReplay } from './replay-calls.js'

/** What webhooks are compared with. */
export interface CallComparison {
  recorded: RecordedCalls
  /** The webhooks that the emulator sent, in their order. */
  sent: readonly OwnWebhook[]
  replay: Pick<CallReplay, 'reasons' | 'surroundings'>
  identities: Identities
  grouping: Grouping
}

/**
 * Compares the recorded webhooks with those of the emulator, call by call. Those of a call that could not be placed are
 * compared with what the emulator prints for their moments.
 * @returns how many were compared, and the calls that could not be placed
 */
export function compareCalls(comparison: CallComparison): { webhooks: number; notCompared: NotCompared[] } {
  const { recorded, sent, replay, identities } = comparison
  const notCompared: NotCompared[] = []
  const unknown = new Map<string, WebhookLine>()
  const bySent = new Map<string, OwnWebhook[]>()
  for (const one of sent) {
    const id = one.webhook.value('CallAPIID')
    bySent.set(id, [...(bySent.get(id) ?? []), one])
  }
  for (const call of recorded.calls) {
    const reason = replay.reasons.get(call.id)
    const [first] = call.webhooks
    if (reason === undefined) compareCall(call, bySent.get(identities.ownOf(call.id) ?? '') ?? [], comparison, unknown)
    else {
      const { file, line } = first?.place ?? {}
      const part = 'its webhooks are compared by their form only'
      notCompared.push({
        ...(file !== undefined && { file }),
        ...(line !== undefined && { line }),
        reason: `call ${call.id}: ${reason}; ${part}`
      })
      compareByForm(call, comparison)
    }
  }
  for (const [address, { place }] of unknown) {
    const { file, line } = place
    const reason = `webhooks to ${address}: no exchange shows their phone call event; list the events while you record`
    notCompared.push({ ...(file !== undefined && { file }), ...(line !== undefined && { line }), reason })
  }
  return { webhooks: recorded.calls.reduce((sum, { webhooks }) => sum + webhooks.length, 0), notCompared }
}

/** @param unknown gets the first webhook to each address of which no line shows an event */
function compareCall(
  call: RecordedCall,
  own: OwnWebhook[],
  comparison: CallComparison,
  unknown: Map<string, WebhookLine>
): void {
  const { recorded, replay, identities, grouping } = comparison
  const operations = operationsOf(call, replay.surroundings)
  const operationOf = (line: WebhookLine) => operations.get(line) ?? 'webhook'
  const { pairs, missing, extra } = pairWebhooks(call.webhooks, own)
  for (const { recorded: line, own: other } of pairs)
    grouping.add(operationOf(line), line.place, compareWebhooks(line.webhook, other.webhook, identities))
  for (const line of missing) {
    const { address } = line.webhook
    if (replay.surroundings.typesOf(address).size === 0) {
      if (!unknown.has(address)) unknown.set(address, line)
      continue
    }
    grouping.add(operationOf(line), line.place, [
      { kind: 'webhookMissing', recorded: 'it is sent', emulator: 'nothing' }
    ])
  }
  const [first] = call.webhooks
  if (first === undefined) return
  for (const { host, webhook } of extra) {
    if (!recorded.hosts.has(host)) continue
    const status = `${webhook.value('CallStatus')} ${webhook.value('CallFlow')}`
    grouping.add(`webhook ${status}`, first.place, [
      { kind: 'webhookExtra', recorded: 'nothing', emulator: `${webhook.method} ${webhook.address}` }
    ])
  }
  if (replay.surroundings.settings.webhookOrder === 'serial')
    grouping.add('webhooks of a call', first.place, orderOf(pairs, own, operationOf))
}

/** The difference of the orders of the webhooks that both sent. */
function orderOf(
  pairs: readonly { recorded: WebhookLine; own: OwnWebhook }[],
  own: readonly OwnWebhook[],
  operationOf: (line: WebhookLine) => string
): Finding[] {
  const nameOf = ({ recorded }: { recorded: WebhookLine }) => operationOf(recorded).replace('webhook ', '')
  const sorted = [...pairs].sort((one, other) => own.indexOf(one.own) - own.indexOf(other.own))
  const isSame = sorted.every((pair, at) => pair === pairs[at])
  const names = pairs.map(nameOf)
  const found = compareOrder('webhookOrder', undefined, names, sorted.map(nameOf))
  return isSame
    ? []
    : found.length > 0
      ? found
      : [{ kind: 'webhookOrder', recorded: names.join(', '), emulator: 'the same, of other legs first' }]
}

function compareByForm(call: RecordedCall, { replay, grouping }: CallComparison): void {
  const { surroundings } = replay
  const operations = operationsOf(call, surroundings)
  for (const moment of readMoments(call.webhooks, surroundings)) {
    const line = call.webhooks.find(({ webhook }) => webhook === moment.webhook)
    if (line === undefined) continue
    const printed = printedWebhook(moment, surroundings.settings)
    const found = compareWebhooks(moment.webhook, printed, createIdentities())
    grouping.add(operations.get(line) ?? 'webhook', line.place, found)
  }
}

/** The operation that a report names for each webhook: the moment that it reports. */
function operationsOf({ webhooks }: RecordedCall, surroundings: Surroundings): Map<WebhookLine, string> {
  const moments = readMoments(webhooks, surroundings)
  return new Map(
    webhooks.map(line => {
      const { webhook } = line
      const moment =
        moments.find(other => other.webhook === webhook) ??
        moments.find(
          ({ webhook: other, status }) =>
            status === webhook.value('CallStatus') && other.value('CallID') === webhook.value('CallID')
        )
      return [line, moment === undefined ? 'webhook' : `webhook ${momentOf(moment)}`]
    })
  )
}
