/** A request for the upstream: exactly what is sent. */
export interface UpstreamRequest {
  method: string
  /** Path and query. */
  target: string
  /** Names and values in turn. */
  headers: string[]
}

/** The head of an answer: exactly what came. */
export interface UpstreamResponse {
  status: number
  statusText: string
  /** Names and values in turn. */
  headers: string[]
}

/** Why there is no answer, or no whole one. */
export const UPSTREAM_FAILURES = [
  'upstream_unreachable',
  'upstream_timeout',
  'upstream_closed',
  'upstream_garbage',
  'upstream_certificate'
] as const

/** A failure: a reason of the catalogue, and a sentence with host and remedy. */
export interface UpstreamFailure {
  reason: (typeof UPSTREAM_FAILURES)[number]
  message: string
}

/** What happens to a request. After `end` and `fail` nothing else is called. */
export interface UpstreamEvents {
  /** The upstream wants the body of a request with `Expect: 100-continue`. */
  proceed(): void
  respond(response: UpstreamResponse): void
  /** A part of the body. @returns whether more may come now; else `resume` is waited for */
  data(chunk: Buffer): boolean
  /** @param trailers names and values in turn */
  end(trailers: string[]): void
  fail(failure: UpstreamFailure): void
  /** More of the body of the request can be written. */
  drain(): void
}

/** A request that is on its way. */
export interface UpstreamCall {
  /** @returns whether more may be written now; else `drain` is waited for */
  write(chunk: Buffer): boolean
  end(trailers: string[]): void
  resume(): void
  /** Ends it; none of the events is called any more. */
  abort(): void
}

/** Sends requests to the one upstream of a proxy. */
export type Upstream = (request: UpstreamRequest, events: UpstreamEvents) => UpstreamCall
