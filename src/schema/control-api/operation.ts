import Type, { type Static, type TObject, type TSchema } from 'typebox'

/** The prefix of every path of the control API. @source control-api.md "State" */
export const CONTROL_PREFIX = '/_emulator'

/** The tags that operations are grouped by, and their descriptions in the OpenAPI document. */
export const TAGS = {
  State: 'Health, the directory, fixtures and settings of the emulator.',
  Access: 'Tokens, sessions and apps: issue, revoke, disable.',
  Events: "Phone call events, without the vendor's surface.",
  Phones: "How parties behave when a request of the vendor's API rings them.",
  Snapshots: 'Named copies of the state, kept in memory.',
  Sandboxes: 'Independent emulators on the same server, each with its own state, clock and calls.',
  Calls: 'Simulated calls and their moments.',
  Deliveries: 'The webhooks that calls create, and the outcome of each attempt.',
  'Catch addresses':
    'Receivers inside the emulator, `/_emulator/catch/{name}` and every path below, GET and POST. No token is needed there.',
  Requests: 'The journal of requests to the vendor and OAuth surfaces, with their answers.',
  Faults: 'Failures that are injected into requests and deliveries.',
  Watching: 'Events as they happen, and metrics.',
  Clock: "The sandbox's clock: read it, freeze it, advance it."
} as const

/** One operation of the control API: a row of its table. */
export interface ControlOperation {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below `/_emulator`, with its parameters in braces: `/calls/{callId}`. */
  path: `/${string}`
  tag: keyof typeof TAGS
  /** One imperative line: "Get health". */
  summary: string
  description?: string
  /** The parameters of the path; undefined for none. */
  params?: TObject
  /** The query; none is accepted when this is undefined. */
  query?: TObject
  headers?: TObject
  /** The JSON body, as documented. */
  body?: TSchema
  /** Checked by the route in place of `body`, where the service checks the rest and explains it better. */
  checkedBody?: TSchema
  /** The bodies of successful answers, and of a verification that does not hold, by status. */
  responses: Readonly<Record<number, TSchema>>
  /** The codes of its errors, beside those of every operation. */
  errors?: readonly string[]
  /** Needs no control token. */
  open?: true
  /** Answers while the emulator shuts down. */
  whileStopping?: true
  /** Answers HEAD like GET, for what supervisors and scrapers probe. */
  head?: true
  /** Its handler writes the answer itself, while it is produced. */
  streamed?: true
  /** Changes nothing in the state, although its method is POST. */
  reads?: true
  /** Accepts a body as large as a fixture. */
  largeBody?: true
}

/** A part of a request (`params`, `query`, `headers`, `body`) by its schema; undefined where the operation has none. */
export type PartOf<Operation, Part extends string> = Operation extends { [P in Part]: infer Schema extends TSchema }
  ? Static<Schema>
  : undefined

/** The answer of an operation, beside its errors. */
export type AnswerOf<Operation extends ControlOperation> = Static<
  Operation['responses'][keyof Operation['responses'] & number]
>

/** The body of operations that take none. */
export const NoMembers = Type.Object({}, { additionalProperties: false })

/** The answer of operations that return no body. */
export const NoContent = Type.Unsafe<void>({ type: 'null', description: 'Done. There is no body.' })
