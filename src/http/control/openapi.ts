import type { TSchema } from 'typebox'
import { AnswerRequest, Call, CallList, CallRequest, HangupRequest, Moment } from '../../schema/call.js'
import { ClockAdvance, ClockAdvanced, ClockReading, ClockSetting } from '../../schema/clock.js'
import {
  Attempt,
  Delivery,
  DeliveryList,
  DeliveryMatch,
  WebhookRequest,
  WebhookResponse
} from '../../schema/delivery.js'
import { ControlErrorEnvelope } from '../../schema/error.js'
import { Fault, FaultEffect, FaultList, FaultRequest, FaultScope, Released } from '../../schema/fault.js'
import { Fixture } from '../../schema/fixture.js'
import { JournalEntry, RequestList, RequestMatch, RequestsCleared } from '../../schema/journal.js'
import { Settings } from '../../schema/settings.js'
import {
  Directory,
  Health,
  IssuedToken,
  OpenedSession,
  ResetRequest,
  SessionRequest,
  SettingsChange,
  Snapshot,
  SnapshotList,
  StateCounts,
  TokenRequest
} from '../../schema/state.js'
import {
  DeliveriesNotVerified,
  DeliveryVerification,
  Idle,
  RequestsNotVerified,
  RequestVerification,
  Verified
} from '../../schema/verification.js'
import { webhooks } from './webhooks-document.js'

/** The schemas of our own API that its document names. */
export const NAMED: Readonly<Record<string, TSchema>> = {
  Health,
  StateCounts,
  ResetRequest,
  Fixture,
  Directory,
  TokenRequest,
  IssuedToken,
  SessionRequest,
  OpenedSession,
  Settings: Settings,
  SettingsChange: SettingsChange,
  Snapshot,
  SnapshotList,
  Call,
  CallList,
  CallRequest,
  AnswerRequest,
  HangupRequest,
  Moment,
  Delivery,
  DeliveryList,
  DeliveryMatch,
  DeliveryVerification,
  DeliveriesNotVerified,
  Verified,
  Request: JournalEntry,
  RequestList,
  RequestMatch,
  RequestVerification,
  RequestsNotVerified,
  RequestsCleared,
  Attempt,
  Error: ControlErrorEnvelope,
  WebhookRequest,
  WebhookResponse,
  Fault,
  FaultRequest,
  FaultScope,
  FaultEffect,
  FaultList,
  Released,
  ClockReading,
  ClockSetting,
  ClockAdvance,
  ClockAdvanced,
  Idle
}

/** What stands in the vendor's document beside its routes. */
export const uapiDocument = (version: string) => ({
  openapi: '3.1.0',
  info: {
    title: '4PSA UnifiedAPI v5: PhoneCallEvents, as uapi-emulator serves it',
    version,
    license: LICENSE,
    description:
      'The vendor’s PhoneCallEvents service, emulated. The same paths are served under /unifiedapi. ' +
      'What is documented by the vendor, observed, or assumed stands in docs/fidelity.md.'
  },
  servers: SERVERS,
  webhooks: webhooks(),
  components: {
    securitySchemes: {
      bearer: { type: 'http' as const, scheme: 'bearer', description: 'A token of /oauth/token.php.' },
      accessRequestToken: { type: 'apiKey' as const, in: 'query', name: 'accessRequestToken' },
      session: { type: 'apiKey' as const, in: 'cookie', name: 'vn', description: 'The session of a browser.' },
      xsrf: {
        type: 'apiKey' as const,
        in: 'header',
        name: 'x-xsrf-token',
        description: 'The same value as the xsrf-token cookie.'
      }
    }
  }
})

/** What stands in the document of our own API beside its routes. */
export const controlDocument = (version: string) => ({
  openapi: '3.1.0',
  info: {
    title: 'uapi-emulator: its own API',
    version,
    license: LICENSE,
    description:
      'What is the emulator’s and never the vendor’s: calls that are simulated, the webhooks that they owe, the clock. ' +
      'Bound off loopback it asks for the control token.'
  },
  servers: SERVERS,
  tags: [
    { name: 'State', description: 'How the emulator is, what there is, and how tests put it in order.' },
    { name: 'Snapshots', description: 'States that are put by, in memory.' },
    { name: 'Calls', description: 'Simulated conversations, and what happened in them.' },
    { name: 'Deliveries', description: 'The webhooks that calls owe, and what became of them.' },
    { name: 'Requests', description: 'The requests that came in, and how they were answered.' },
    { name: 'Faults', description: 'What goes wrong because a test wants it to.' },
    { name: 'Watching', description: 'What happens, as it happens, and in numbers.' },
    { name: 'Clock', description: 'The time, as tests want it.' }
  ],
  components: {
    securitySchemes: { controlToken: { type: 'http' as const, scheme: 'bearer', description: 'See --control-token.' } }
  },
  security: [{ controlToken: [] }, {}]
})

/** Replaces what is equal to a named schema by a reference to it, everywhere in a document but at its definition. */
export function nameSchemas(document: object, named: Readonly<Record<string, TSchema>>): object {
  const names = new Map(Object.entries(named).map(([name, schema]) => [form(schema), name]))
  const name = (value: unknown, isDefinition = false): unknown => {
    if (typeof value !== 'object' || value === null) return value
    const known = isDefinition ? undefined : names.get(form(value))
    if (known !== undefined) return { $ref: `#/components/schemas/${known}` }
    if (Array.isArray(value)) return value.map(item => name(item))
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, name(item)]))
  }
  const { components, ...rest } = document as { components?: object } // an OpenAPI document
  const schemas = Object.fromEntries(Object.entries(named).map(([key, schema]) => [key, name(schema, true)]))
  return { ...(name(withOptionalBodies(rest)) as object), components: { ...components, schemas } } // an object stays one
}

/** A body of which no member is required may be left out; swagger says of every body that it is required. */
function withOptionalBodies(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(withOptionalBodies)
  const { requestBody, ...rest } = value as { requestBody?: RequestBody } // an object, of which one member is looked at
  const walked = Object.fromEntries(Object.entries(rest).map(([key, item]) => [key, withOptionalBodies(item)]))
  if (requestBody === undefined) return walked
  const schema = requestBody.content?.['application/json']?.schema
  const isNeeded = schema === undefined || (schema.required?.length ?? 0) > 0 || (schema.minProperties ?? 0) > 0
  return { ...walked, requestBody: { ...requestBody, required: isNeeded } }
}

interface RequestBody {
  content?: Record<string, { schema?: { required?: string[]; minProperties?: number } }>
}

/** A schema without what it is described as, which may differ from place to place; a constant as swagger writes it. */
const form = (schema: object): string =>
  JSON.stringify({ ...schema, description: undefined }).replace(/"const":(true|false|"[^"]*")/g, '"enum":[$1]')

const LICENSE = { name: 'MIT', identifier: 'MIT' }
const SERVERS = [{ url: '/', description: 'this emulator' }]
