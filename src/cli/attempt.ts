import type { Attempt, Delivery, Failure } from '../schema/delivery.js'

/** What became of a delivery at last; undefined while nothing did. */
export const lastAttempt = ({ attempts }: Delivery): Attempt | undefined => attempts.at(-1)

/** Why a delivery did not succeed, or is sent no more. */
export const failureOf = (delivery: Delivery): Failure | undefined => lastAttempt(delivery)?.failure

/** What a delivery came to, in a few words: `200 in 12 ms`, `refused`. */
export function renderOutcome(delivery: Delivery): string {
  const { response, failure, ms } = lastAttempt(delivery) ?? {}
  const took = typeof ms === 'number' && delivery.state !== 'blocked' ? ` in ${Math.round(ms)} ms` : ''
  const what = [...(response ? [`${response.status}`] : []), ...(failure ? [failure.reason] : [])].join(' ')
  return what === '' ? '' : `${what}${took}`
}

/** The method of a webhook and where it goes, without the parameters of the call: those of a GET are long. */
export const renderTarget = ({ request: { method, url } }: Delivery): string =>
  `${method} ${url.replace(/[?&]CallID=.*$/, '')}`

/** The part of a time that tells moments of a call apart: `10:20:30.456`, in UTC. */
export const renderTime = (iso: string): string => iso.replace(/^.*T|Z$/g, '')
