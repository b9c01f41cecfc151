import type { PARAMETER_NAMES } from '../../domain/delivery-match.js'
import { UAPI_ERRORS } from '../../domain/errors/uapi.js'
import { CALL_STATUSES } from '../../schema/calls/call.js'
import { EVENT_TYPES } from '../../schema/event-type.js'
import { serversAt } from './documentation.js'
import { addExamples, type ErrorExample, type OpenApiDocument } from './examples/add-examples.js'
import { VENDOR_REQUESTS } from './examples/requests.js'
import { OAUTH_SCHEMAS, oauthPaths } from './oauth-paths.js'

/** The parameters of a webhook, in their order. @source call-events.md §2 (recorded) */
export const WEBHOOK_PARAMETERS = {
  CallID: 'The id of the leg, `<epoch seconds>.<seven digits>`; for example 1479144949.4665265. It is text.',
  CallerIDNum: 'The number of the caller; of an extension its extended number. Any text, or none, when it is withheld.',
  CallerIDName: 'The name of the caller; without one its number without +, or its short number.',
  CalledDID: 'The public number of the called extension, or the one that was dialled, without +; empty when unknown.',
  CalledExtension:
    'The extended number of the called extension. Left out in calls to the outside, unless absentParameters is empty.',
  CallStatus: 'The state of the call.',
  CallFlow: 'The direction of the leg; in upper case when callFlowCase is upper.',
  CallerExtension: 'The extended number of the calling extension, IVR or queue; empty when it is outside.',
  CalledNumber: 'The number as it was dialled. Left out at Dial-In, unless absentParameters is empty.',
  CallAPIID: 'The id of the call, 20 characters, the same for all its legs.'
} as const satisfies Record<(typeof PARAMETER_NAMES)[number], string>

/** The parameters that a moment may lack, with the setting absentParameters: omit. @source call-events.md §2 (recorded) */
const OPTIONAL: Record<Name, readonly string[]> = {
  dialIn: ['CalledNumber'],
  dialOut: ['CalledExtension'],
  hangup: ['CalledExtension'],
  answerIncoming: [],
  answerOutgoing: ['CalledExtension']
}

/** The members that both OpenAPI documents share. */
export const documentBase = (version: string) => ({
  openapi: '3.1.0',
  info: { title: '', version, license: { name: 'MIT', identifier: 'MIT' }, description: '' },
  servers: serversAt('')
})

/** The vendor's OpenAPI document without its paths, which are those of the registered routes. */
export const uapiDocument = (version: string) => ({
  ...documentBase(version),
  info: {
    ...documentBase(version).info,
    title: '4PSA UnifiedAPI v5: PhoneCallEvents and PhoneCalls, as uapi-emulator serves them',
    description:
      'The vendor’s PhoneCallEvents and PhoneCalls services, emulated. The same paths are served under /unifiedapi. ' +
      'What the vendor documents, what was observed and what is assumed is listed in docs/fidelity.md.'
  },
  webhooks: webhooks(),
  components: {
    securitySchemes: {
      bearer: {
        type: 'http' as const,
        scheme: 'bearer',
        description: 'A token of /oauth/token.php. The default fixture has `emulator-user-token`.'
      },
      accessRequestToken: { type: 'apiKey' as const, in: 'query', name: 'accessRequestToken' },
      session: {
        type: 'apiKey' as const,
        in: 'cookie',
        name: 'vn',
        description: 'The session of a browser. A page cannot set it: use a bearer token there.'
      },
      xsrf: {
        type: 'apiKey' as const,
        in: 'header',
        name: 'x-xsrf-token',
        description: 'The same value as the xsrf-token cookie.'
      }
    }
  }
})

/** Adds the OAuth endpoints and examples to the document of the registered routes. */
export function completeUapiDocument(document: object): OpenApiDocument {
  // JSON, so that no schema object of a route is shared with the document.
  const { paths, components, ...rest }: OpenApiDocument = JSON.parse(JSON.stringify(document))
  const oauth: OpenApiDocument = JSON.parse(
    JSON.stringify({ paths: oauthPaths(), components: { schemas: OAUTH_SCHEMAS } })
  )
  const complete: OpenApiDocument = {
    ...rest,
    paths: { ...paths, ...oauth.paths },
    components: { ...components, schemas: { ...components?.schemas, ...oauth.components?.schemas } }
  }
  return addExamples(complete, VENDOR_REQUESTS, errorExample)
}

/** The body of an error by the codes that its response lists: that of the first. */
const errorExample: ErrorExample = (codes, { $ref }) => {
  const code = codes.split(/[ ,.]/)[0] ?? ''
  const { message } = Object(Reflect.get(UAPI_ERRORS, code))
  const isOAuth = $ref !== undefined // the schemas of the vendor's errors are inline
  return isOAuth || message === undefined ? undefined : { error: { code, message } }
}

/** The requests that calls make to the urls of phone call events, as the webhooks of an OpenAPI document. */
const webhooks = () => Object.fromEntries(EVENT_TYPES.map(type => [type.name, webhook(type)]))

function webhook({ code, name, label, meaning }: (typeof EVENT_TYPES)[number]) {
  const properties = Object.fromEntries(
    Object.entries(WEBHOOK_PARAMETERS).map(([parameter, description]) => [
      parameter,
      { type: 'string', description, ...VALUES[parameter as keyof typeof VALUES]?.(name) } // the others have no list of values
    ])
  )
  const required = Object.keys(WEBHOOK_PARAMETERS).filter(parameter => !OPTIONAL[name].includes(parameter))
  const common = {
    tags: ['PhoneCallEvents'],
    security: [],
    summary: `${label} (type ${code}): ${meaning}.`,
    responses: { '2XX': { description: 'Delivered. The body is not used.' } }
  }
  return {
    get: {
      operationId: `${name}ByGet`,
      ...common,
      parameters: Object.entries(properties).map(([parameter, { description, ...schema }]) => ({
        name: parameter,
        in: 'query',
        required: !OPTIONAL[name].includes(parameter),
        description,
        schema
      }))
    },
    post: {
      operationId: `${name}ByPost`,
      ...common,
      requestBody: {
        required: true,
        content: {
          'application/x-www-form-urlencoded': {
            schema: { type: 'object', required, properties }
          }
        }
      }
    }
  }
}

type Name = (typeof EVENT_TYPES)[number]['name']

/** The values of CallStatus and CallFlow, with every value of the settings, by event type. @source call-events.md §1 */
const VALUES = {
  CallStatus: (name: Name) => ({
    enum:
      name === 'hangup'
        ? CALL_STATUSES.filter(status => status !== 'CALLING')
        : CALL_STATUSES.filter(status => status === (name.startsWith('dial') ? 'CALLING' : 'ANSWER'))
  }),
  CallFlow: (name: Name) => ({
    enum:
      name === 'hangup'
        ? ['in', 'out', 'IN', 'OUT']
        : name.endsWith('Incoming') || name === 'dialIn'
          ? ['in', 'IN']
          : ['out', 'OUT']
  })
}
