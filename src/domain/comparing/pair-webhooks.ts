import type { SentWebhook } from './sent-webhook.js'

/** The webhooks of a call, each recorded one with that of the emulator in its place, as far as there is one. */
export interface PairedWebhooks<Recorded, Own> {
  pairs: { recorded: Recorded; own: Own }[]
  missing: Recorded[]
  extra: Own[]
}

/**
 * Pairs recorded webhooks of a call with those of the emulator: by the address, the leg and the stage of the call. Those
 * that are left over are paired by ever fewer of these, so that one parameter that differs does not part them.
 */
export function pairWebhooks<Recorded extends { webhook: SentWebhook }, Own extends { webhook: SentWebhook }>(
  recorded: readonly Recorded[],
  own: readonly Own[]
): PairedWebhooks<Recorded, Own> {
  const partner = new Map<Recorded, Own>()
  let free = [...own]
  for (const keyOf of KEYS) {
    for (const one of recorded) {
      if (partner.has(one)) continue
      const key = keyOf(one.webhook)
      const found = free.find(({ webhook }) => keyOf(webhook) === key)
      if (found === undefined) continue
      partner.set(one, found)
      free = free.filter(other => other !== found)
    }
  }
  return {
    pairs: recorded.flatMap(one => {
      const found = partner.get(one)
      return found === undefined ? [] : [{ recorded: one, own: found }]
    }),
    missing: recorded.filter(one => !partner.has(one)),
    extra: free
  }
}

const flowOf = (webhook: SentWebhook): string => webhook.value('CallFlow').toLowerCase()

/** The extension of the leg that a webhook is about. */
export const extensionOfLeg = (webhook: SentWebhook): string =>
  webhook.value(flowOf(webhook) === 'out' ? 'CallerExtension' : 'CalledExtension')

const isCalling = (webhook: SentWebhook): boolean => webhook.value('CallStatus') === 'CALLING'

/** What webhooks are paired by, the strictest first. */
const KEYS: ((webhook: SentWebhook) => string)[] = [
  webhook => [webhook.address, flowOf(webhook), extensionOfLeg(webhook), webhook.value('CallStatus')].join('\n'),
  webhook => [webhook.address, flowOf(webhook), extensionOfLeg(webhook), isCalling(webhook)].join('\n'),
  webhook => [webhook.address, flowOf(webhook), isCalling(webhook)].join('\n'),
  webhook => [webhook.address, isCalling(webhook)].join('\n'),
  webhook => webhook.address
]
