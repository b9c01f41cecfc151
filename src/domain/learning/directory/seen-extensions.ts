import type { ExtensionKind } from '../../../schema/directory.js'
import { TYPE_OF_MOMENT } from '../../../schema/event-type.js'
import { isExtended, shortNumber } from '../../addressing.js'
import { withoutPlus } from '../../calls/leg-parameters.js'
import { RecentMap } from '../evidence.js'
import type { RegisteredUrls } from '../registered-urls.js'
import { membersOf, phoneCallsIn, viewsOf } from '../resources.js'
import { isSuccess, type SeenExchange } from '../seen-exchange.js'
import type { SeenWebhook } from '../seen-webhook.js'

/** How many extensions, and how many calls, are remembered. */
const MAX_EXTENSIONS = 20_000
const MAX_CALLS = 5_000

/** What lines show of an extension. */
export interface SeenExtension {
  number: string
  kind?: ExtensionKind
  name?: string
  publicNumber?: string
  /** The id of its user. */
  owner?: string
  /** The name of its user's organization. */
  organization?: string
}

/** Collects extensions by their extended numbers. */
export class SeenExtensions {
  readonly #found = new Map<string, SeenExtension>()
  #hasPlaced = false
  readonly #dids = new Set<string>()
  /** The extensions that a call has reached, by CallAPIID. */
  readonly #reached = new RecentMap<string, Set<string>>(MAX_CALLS)

  /** The extension of a number; undefined when it has another form, or there are too many. */
  at(number: unknown): SeenExtension | undefined {
    if (typeof number !== 'string' || !isExtended(number) || number.length > 33) return undefined
    const earlier = this.#found.get(number)
    if (earlier !== undefined) return earlier
    if (this.#found.size >= MAX_EXTENSIONS) return undefined
    const extension = { number }
    this.#found.set(number, extension)
    return extension
  }

  list = (): SeenExtension[] => [...this.#found.values()]

  /** Whether a request placed a call. */
  hasPlacedCalls = (): boolean => this.#hasPlaced

  /** Reads the extensions in PhoneCalls, with the owner of the charged one. */
  exchange(seen: SeenExchange): void {
    if (!isSuccess(seen)) return
    for (const call of phoneCallsIn(seen)) {
      const charged = this.at(call.extension)
      if (charged !== undefined) {
        if (typeof call.ownerId === 'string') charged.owner ??= call.ownerId
        if (typeof call.ownerName === 'string') charged.organization ??= call.ownerName
      }
      for (const { extension, source, destination, callerId } of viewsOf(call)) {
        for (const number of [extension, source, destination].flat()) this.at(number)
        const [, name, number] = /^(.+) <(\d+\*\d+)>$/.exec(String(callerId)) ?? []
        const caller = this.at(number)
        if (caller !== undefined) setName(caller, name)
      }
    }
    if (seen.operation !== 'phoneCalls.create') return
    this.#hasPlaced = true
    for (const view of viewsOf(membersOf(seen.sent)))
      for (const number of [view.source, view.destination].flat()) this.at(number)
  }

  /** Reads the extensions of a webhook, with name, public number and kind as far as it shows them. */
  webhook({ value, urlKey }: SeenWebhook, urls: RegisteredUrls): void {
    const [callerNum, callerExtension] = [value('CallerIDNum'), value('CallerExtension')]
    const caller = this.at(callerExtension)
    const called = this.at(value('CalledExtension'))
    const isOut = value('CallFlow')?.toLowerCase() === 'out'
    if (caller !== undefined && callerNum === caller.number) setName(caller, value('CallerIDName'))
    if (isOut) return
    if (called === undefined) return
    const reached = this.#reachedBy(value('CallAPIID') ?? '')
    const isBehind = caller !== undefined && callerNum !== caller.number && reached.has(caller.number)
    if (isBehind) caller.kind ??= 'ivr'
    else this.#setPublicNumber(called, value('CalledDID'))
    if (called.kind === 'ivr' && urls.typeOf(urlKey) === TYPE_OF_MOMENT.answerIncoming) called.kind = 'queue'
    reached.add(called.number)
  }

  #reachedBy(callApiId: string): Set<string> {
    const reached = this.#reached.get(callApiId) ?? new Set()
    this.#reached.set(callApiId, reached)
    return reached
  }

  /** Of several extensions that a number rings, the first one gets it: a fixture states it once. */
  #setPublicNumber(extension: SeenExtension, did: string | undefined): void {
    if (!did || !/^\d{4,20}$/.test(withoutPlus(did)) || extension.publicNumber !== undefined || this.#dids.has(did))
      return
    this.#dids.add(did)
    extension.publicNumber = `+${withoutPlus(did)}`
  }
}

/** Keeps the name of an extension; its short number stands for none. @source call-events §2 */
function setName(extension: SeenExtension, name: string | undefined): void {
  if (name && name !== shortNumber(extension.number)) extension.name ??= name
}
