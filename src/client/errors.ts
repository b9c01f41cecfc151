import type { ControlErrorEnvelope, Problem } from '../schema/error.js'

/** The members of a ClientError, beside its message. */
export interface ClientErrorOptions {
  /** The status of the answer; undefined without an answer. */
  status?: number | undefined
  /** The code that the emulator answered, or one of `unreachable`, `certificate_refused`, `not_an_emulator`, `closed`. */
  code: string
  details?: Problem[] | undefined
  cause?: unknown
}

/** A failed request to the control API. Its message has the cause and the remedy. */
export class ClientError extends Error {
  readonly status: number | undefined
  readonly code: string
  readonly details: Problem[]

  constructor(message: string, { status, code, details = [], cause }: ClientErrorOptions) {
    const unmentioned = details.filter(detail => !message.includes(detail.message))
    super([message, ...unmentioned.map(({ path, message }) => `  ${path} ${message}`)].join('\n'), { cause })
    this.name = 'ClientError'
    this.status = status
    this.code = code
    this.details = details
  }
}

/** Turns an error answer into a ClientError. @param body the parsed JSON; undefined when it was not JSON */
export function refusalOf({ status, body }: { status: number; body: unknown }, url: string): ClientError {
  if (isEnvelope(body)) return new ClientError(body.error.message, { ...body.error, status })
  const message = `The server at ${url} (status ${status}) is no emulator. Give the url of a running emulator${URL_OPTIONS}.`
  return new ClientError(message, { status, code: 'not_an_emulator' })
}

/** How the URL of an emulator is given on the command line. */
export const URL_OPTIONS = ' (--url, UAPI_EMULATOR_URL)'

function isEnvelope(body: unknown): body is ControlErrorEnvelope {
  const error = Object(Reflect.get(Object(body), 'error'))
  return typeof Reflect.get(error, 'code') === 'string' && typeof Reflect.get(error, 'message') === 'string'
}
