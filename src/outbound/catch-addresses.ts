import { type CatchAddress, catchAddressAt } from '../domain/callbacks/catch-address.js'
import { type CallbackRefusal, isOwnTarget } from '../domain/callbacks/policy.js'
import type { Failure, WebhookRequest } from '../schema/calls/delivery.js'
import type { SendInProcess } from '../service/watch/caught.js'
import { unexpected } from './connect-failures.js'
import type { ExchangeResult } from './exchange.js'
import { addressesWithoutLookup, expandListeners, type ListeningAddress } from './own-listeners.js'
import { printHost, type Target } from './target.js'

/**
 * Finds the catch addresses of this emulator among the targets of webhooks, by the url before rewrites: a rewrite to a
 * catch address does not count as one, and a rewrite of a catch address is not applied.
 * @source control-api.md "Calls and deliveries", call-events.md §4
 * @assumed 0018
 */
export interface CatchAddresses {
  /**
   * The catch address of a target whose host is an own listener by itself, without a lookup: an address, `localhost`,
   * the name of the machine or of the public URL. For most targets it costs one comparison.
   */
  find(target: Target): CatchAddress | undefined
  /** The same for a target that was refused as an own listener after the lookup of its host. */
  findRefused(target: Target): CatchAddress | undefined
  /** Sends a webhook to a catch address without a connection. Never throws. */
  sendInProcess(to: CatchAddress, webhook: WebhookRequest, target: Target): ExchangeResult
  /** The refusal of an own listener, with a hint that names its catch addresses. */
  explain(refusal: CallbackRefusal, target: Target): Failure
}

/** @param sendInProcess undefined when there are no catch addresses */
export function createCatchAddresses(
  ownListeners: () => ListeningAddress[],
  sendInProcess: SendInProcess | undefined
): CatchAddresses {
  /** @param isOwn whether the host of the target is that of a listener, which has its port and scheme */
  const search = ({ tls, named, path }: Target, isOwn: (listener: ListeningAddress) => boolean) => {
    if (sendInProcess === undefined) return undefined
    for (const listener of ownListeners()) {
      if (listener.port !== named.port || (listener.tls ?? false) !== tls) continue
      const address = catchAddressAt(path, listener.basePath)
      if (address && isOwn(listener)) return address
    }
    return undefined
  }

  return {
    find(target) {
      if (!MAY_BE_CATCH.test(target.path)) return undefined
      const { host, port } = target.named
      return search(target, listener =>
        isOwnTarget({ host, port, addresses: addressesWithoutLookup(host) }, expandListeners([listener]))
      )
    },
    findRefused: target => (isRewritten(target) ? undefined : search(target, () => true)),
    sendInProcess(to, webhook, target) {
      try {
        const { response, refusal } = sendInProcess?.(to, webhook, target.path) ?? {}
        return { response, failure: refusal && refusedBy(refusal) }
      } catch (error) {
        return { failure: unexpected(error, 'Sending to a catch address') }
      }
    },
    explain({ reason, message, hint }, { connected }) {
      const listener = ownListeners().find(({ port }) => port === connected.port)
      if (sendInProcess === undefined || listener === undefined) return { reason, message, hint }
      const { tls = false, basePath = '' } = listener
      const address = `${tls ? 'https' : 'http'}://${printHost(connected)}${basePath}/_emulator/catch/{name}`
      return {
        reason,
        message,
        hint: `${hint} A catch address needs no flag: ${address}; a name has the characters a-z, 0-9 and -.`
      }
    }
  }
}

/** Matches every spelling of a catch address: its path has the prefix, or an escape that may be part of it. */
const MAY_BE_CATCH = /^[^?]*?(?:_emulator|%)/

const isRewritten = ({ named, connected }: Target): boolean =>
  named.host !== connected.host || named.port !== connected.port

const refusedBy = ({ status, message }: { status: number; message: string }): Failure => ({
  reason: 'status_not_2xx',
  message: `The catch address answered ${status}: ${message}`,
  hint: 'Correct the url of the event: GET /_emulator/sandboxes and GET /_emulator/caught list the existing ones.'
})
