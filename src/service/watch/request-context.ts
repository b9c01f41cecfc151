import type { ParameterBody } from '../../domain/masking-parameters.js'

/** Facts about a request that are gathered while it is handled, for its journal entry and for faults. */
export interface RequestContext {
  /** Time of arrival by the sandbox's clock, in milliseconds since 1970. */
  at: number | undefined
  /** The body as bytes, with the parameters that were read from them; a text replaces a body that must not be kept. */
  body: Uint8Array | ParameterBody | string | undefined
  /** Names of the members and parameters that the operation does not read. */
  ignored: string[] | undefined
  /** The extended number of the addressed extension, also of a request that is refused later. */
  extension: string | undefined
  /** The event type of the body, where the path has none. */
  type: string | undefined
  /** The id of the event that was created. */
  eventId: string | undefined
  /** The id of the fault that hit the request. */
  fault: string | undefined
  /** Whether that fault cuts its answer after half of the body. */
  isAnswerCut: boolean
  /** The beginning of an answer that is sent in parts, for the journal. */
  answerStart: string | undefined
  /** Whether the state that the request addressed was replaced before its operation: the journal of the next omits it. */
  isOfReplacedState: boolean
  /** Whether a journal has recorded the request. */
  isRecorded: boolean
}
