import { ControlError, type ControlErrorCode, type ControlErrorFacts } from '../../../domain/errors/control.js'
import { UapiError, type UapiErrorCode } from '../../../domain/errors/uapi.js'
import { FixtureInvalid } from '../../../domain/fixtures/read.js'
import type { Reason } from '../../../schema/reasons.js'
import type { Tasks } from './tasks.js'

/** A request to the worker: a task, or what becomes of a result in pieces: its next piece, or its end. */
export type Request = { call: number; task: keyof Tasks; input: unknown } | { call: number; then: 'next' | 'stop' }

/** An answer of the worker: a piece of a result that comes in pieces, the end of it or a result, or an error. */
export type Answer =
  | { call: number; piece: Uint8Array }
  | { call: number; result: unknown }
  | { call: number; error: ErrorSent }

/** An error of the worker, without its class. */
export type ErrorSent =
  | { kind: 'fixture'; problems: FixtureInvalid['problems']; hasMore: boolean }
  | { kind: 'control'; code: ControlErrorCode; facts: ControlErrorFacts }
  | { kind: 'uapi'; code: UapiErrorCode; reason: Reason; remedy: string }
  | { kind: 'other'; message: string }

/** The error that the worker has thrown. */
export function errorOf(sent: ErrorSent): Error {
  switch (sent.kind) {
    case 'fixture':
      return new FixtureInvalid(sent.problems, sent.hasMore)
    case 'control':
      return new ControlError(sent.code, sent.facts)
    case 'uapi':
      return new UapiError(sent.code, sent.reason, undefined, sent.remedy)
    case 'other':
      return new Error(`in the worker: ${sent.message}`)
  }
}
