import Type, { type TSchema } from 'typebox'
import { CONTROL_ERRORS, type ControlErrorCode } from '../../domain/errors/control.js'
import { ControlErrorEnvelope } from '../../schema/error.js'

/** The errors that every call of ours can answer. */
const EVERYWHERE: ControlErrorCode[] = ['control_token_invalid', 'host_not_allowed', 'internal_error', 'stopping']

/** The errors of every call that changes something or has a body. */
const CHANGING: ControlErrorCode[] = ['origin_not_allowed', 'request_too_large', 'content_type_unsupported']

/** What the documents say of a call of ours: its name, what it does, and everything that it can answer. */
export function described<const Responses extends Record<number, TSchema>>(
  operationId: string,
  tag: string,
  summary: string,
  responses: Responses,
  errors: readonly ControlErrorCode[]
) {
  const isReading = /^(?:get|list|wait)/.test(operationId)
  const statuses = new Map<number, ControlErrorCode[]>()
  for (const code of [...errors, ...EVERYWHERE, ...(isReading ? [] : CHANGING)]) {
    const { status } = CONTROL_ERRORS[code]
    statuses.set(status, [...(statuses.get(status) ?? []), code])
  }
  const refusals = [...statuses]
    .filter(([status]) => !(status in responses))
    .map(([status, codes]) => [status, Type.Object(ControlErrorEnvelope.properties, { description: codes.join(', ') })])
  return {
    operationId,
    tags: [tag],
    summary,
    response: { ...Object.fromEntries(refusals), ...responses } as Responses // the errors are thrown, never returned
  }
}
