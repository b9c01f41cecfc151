import type { Settings } from '../../../schema/settings.js'
import { collectionIn, membersOf, phoneCallsIn, viewsOf } from '../resources.js'
import { isSuccess, type SeenExchange } from '../seen-exchange.js'
import { readCallIds } from './call-ids.js'
import { readHangupStatus } from './hangup-status.js'
import type { Counted, SettingRow } from './setting-reader.js'
import { readTimeZone } from './time-zone.js'
import { readWebhookOrder } from './webhook-order.js'

/**
 * How exchanges and webhooks are evidence for each setting: one row a setting.
 * @source contract §4
 * @assumed 0028
 */
export const SETTING_ROWS: { readonly [Name in keyof Settings]: SettingRow<Counted<Name>> } = {
  listEnvelope: {
    show: 'List the phone call events of an extension that has one.',
    read: shows => ({
      exchange(seen) {
        if (seen.operation !== 'list' || seen.status !== 200 || collectionIn(seen.answer) === undefined) return
        shows(Array.isArray(seen.answer) ? 'array' : 'object', seen.place)
      }
    })
  },
  emptyCollection: {
    show: 'List the phone call events of a type that an extension has none of.',
    read: shows => ({
      exchange(seen) {
        if (seen.operation !== 'list' && seen.operation !== 'delete') return
        if (seen.status === 204) shows(204, seen.place)
        else if (seen.status === 200 && isEmpty(seen)) shows(200, seen.place)
      }
    })
  },
  invalidTokenStatus: {
    show: 'List with @me and a bearer token that was never issued.',
    read: shows => ({
      exchange({ credential, operation, status, address: { userId }, place }) {
        if (credential.kind !== 'token' || operation === undefined || OAUTH.has(operation)) return
        // 403 is also the status of what a role may not do, but for its own extensions
        if (status === 401 || (status === 403 && /^(?:@me|@viewer|)$/.test(userId))) shows(status, place)
      }
    })
  },
  callFlowCase: {
    show: 'Record a webhook of any call.',
    read: shows => ({
      webhook({ value, place }) {
        const flow = value('CallFlow')
        if (flow === 'in' || flow === 'out') shows('lower', place)
        else if (flow === 'IN' || flow === 'OUT') shows('upper', place)
      }
    })
  },
  absentParameters: {
    show: 'Record the Dial-In of a call, or the Dial-Out of a call to an outside number.',
    read: shows => ({
      webhook({ value, place }) {
        const flow = value('CallFlow')?.toLowerCase()
        const extension = value('CalledExtension')
        if (flow === 'in' && value('CallStatus') === 'CALLING')
          shows(value('CalledNumber') === undefined ? 'omit' : 'empty', place)
        else if (flow === 'out' && (extension === undefined || extension === ''))
          shows(extension === undefined ? 'omit' : 'empty', place)
      }
    })
  },
  hangupStatus: {
    show: 'Record the Hangup of a call that was answered, with a url of its own for Hangup events.',
    read: readHangupStatus
  },
  callIds: { show: 'Record the webhooks of both extensions of an internal call.', read: readCallIds },
  phoneCallNumbers: {
    show: 'Place a call with PhoneCalls.',
    read: shows => ({
      exchange(seen) {
        if (!isSuccess(seen)) return
        for (const view of phoneCallsIn(seen).flatMap(viewsOf))
          for (const code of [view.status, view.flow, view.disposition])
            if (typeof code === 'string' || typeof code === 'number')
              return shows(typeof code === 'string' ? 'string' : 'number', seen.place)
      }
    })
  },
  webhookOrder: {
    show: 'Record an internal call with a receiver that takes a tenth of a second for its answer to each Dial-Out.',
    read: readWebhookOrder
  },
  tokenLifetimeSeconds: {
    show: 'Request a token of the OAuth endpoint.',
    read: shows => ({
      exchange(seen) {
        const seconds = membersOf(seen.answer).expires_in
        if (seen.operation === 'token' && isSuccess(seen) && isLifetime(seconds)) shows(Number(seconds), seen.place)
      }
    })
  },
  timeZone: { show: 'Create a phone call event: its modified has the offset.', read: readTimeZone }
}

const OAUTH: ReadonlySet<string> = new Set(['token', 'authorize'])

const isLifetime = (value: unknown): boolean => /^[1-9]\d{0,8}$/.test(String(value))

function isEmpty({ operation, answer }: SeenExchange): boolean {
  if (operation === 'delete') return Array.isArray(answer) && answer.length === 0
  return Number(collectionIn(answer)?.totalResults) === 0
}
