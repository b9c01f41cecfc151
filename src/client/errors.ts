import type { ControlErrorEnvelope } from '../schema/error.js'

/** Where a request was at fault: `{ path: '$.from', message: 'must …' }`. */
export type Detail = NonNullable<ControlErrorEnvelope['error']['details']>[number]

/** What a client has to say of an error, beside its message. */
export interface ClientErrorOptions {
  /** The status of the answer; undefined when none came. */
  status?: number | undefined
  /** The emulator's, or one of `unreachable`, `certificate_refused`, `not_an_emulator`, `closed`. */
  code: string
  details?: Detail[] | undefined
  cause?: unknown
}

/** A call of the control API that did not succeed. Its message says why, and what to do about it. */
export class ClientError extends Error {
  readonly status: number | undefined
  readonly code: string
  readonly details: Detail[]

  constructor(message: string, { status, code, details = [], cause }: ClientErrorOptions) {
    const unsaid = details.filter(detail => !message.includes(detail.message))
    super([message, ...unsaid.map(({ path, message }) => `  ${path} ${message}`)].join('\n'), { cause })
    this.name = 'ClientError'
    this.status = status
    this.code = code
    this.details = details
  }
}

/** An answer that is a refusal, as an error. @param body what came as JSON; undefined when it was something else */
export function refusalOf({ status, body }: { status: number; body: unknown }, url: string): ClientError {
  if (isEnvelope(body)) return new ClientError(body.error.message, { ...body.error, status })
  const message = `What answers at ${url} (with status ${status}) is no emulator. Name the url of one that runs${BY_NAME}.`
  return new ClientError(message, { status, code: 'not_an_emulator' })
}

/** Why no answer came, in words. */
export function connectionError(cause: unknown, url: string): ClientError {
  const problem = String(Reflect.get(Object(cause), 'code'))
  const known = PROBLEMS[problem]
  if (known) return new ClientError(known(url), { code: 'unreachable', cause })
  if (CERTIFICATE.test(problem)) {
    const remedy = `Give the file that the emulator names when it starts (--cacert), and a host that stands in it`
    const message = `The certificate of ${url} is not trusted (${problem}). ${remedy}.`
    return new ClientError(message, { code: 'certificate_refused', cause })
  }
  const said = cause instanceof Error ? cause.message : problem
  return new ClientError(`The connection to ${url} failed: ${said}.`, { code: 'unreachable', cause })
}

const BY_NAME = ' (--url, UAPI_EMULATOR_URL)'

const unknownHost = (url: string): string =>
  `The host of ${url} has no address. Name the url of an emulator that runs${BY_NAME}.`
const noTls = (url: string): string => `What listens at ${url} does not speak https. Try http://.`

const PROBLEMS: Partial<Record<string, (url: string) => string>> = {
  ECONNREFUSED: url =>
    `Nobody listens at ${url}. Start an emulator with "uapi-emulator serve", or name the url of one that runs${BY_NAME}.`,
  ENOTFOUND: unknownHost,
  EAI_AGAIN: unknownHost,
  ETIMEDOUT: url => `No connection to ${url} came about in time. Name the url of an emulator that runs${BY_NAME}.`,
  ECONNRESET: url =>
    `The connection to ${url} was closed before an answer came: the emulator stopped, or speaks https.`,
  EPROTO: noTls,
  ERR_SSL_WRONG_VERSION_NUMBER: noTls
}

const CERTIFICATE = /CERT|^UNABLE_TO_/

function isEnvelope(body: unknown): body is ControlErrorEnvelope {
  const error = Object(Reflect.get(Object(body), 'error'))
  return typeof Reflect.get(error, 'code') === 'string' && typeof Reflect.get(error, 'message') === 'string'
}
