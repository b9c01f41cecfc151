import { CALL_STATUSES, OUTCOMES } from '../../schema/call.js'
import { EVENT_TYPES } from '../../schema/event-type.js'

/** The ten parameters of a webhook. @source call-events.md §2 (v5, clients) */
export const WEBHOOK_PARAMETERS = {
  CallID: 'The id of the call, the same at all of its moments; for example 1479144949.4665265.',
  CallerIDNum: "The caller's number; of an extension its extended number.",
  CallerIDName: "The caller's display name.",
  CalledDID: 'The public number that was dialled, if any.',
  CalledExtension: 'The extended number of the called extension; empty when it is outside.',
  CallerExtension: 'The extended number of the calling extension; empty when it is outside.',
  CalledNumber: 'The number as it was dialled.',
  CallStatus: 'The state of the call.',
  CallFlow: 'Which leg of the call this is; in lower case when callFlowCase is lower.',
  CallAPIID: "20 characters, the call's id in the API."
} as const

/** The members that both OpenAPI documents share. */
export const documentBase = (version: string) => ({
  openapi: '3.1.0',
  info: { title: '', version, license: { name: 'MIT', identifier: 'MIT' }, description: '' },
  servers: serversAt('')
})

/** The `servers` of a document. @param prefix that of a sandbox, `/sandboxes/worker-1`; empty for the default one */
export const serversAt = (prefix: string) => [
  { url: prefix === '' ? '/' : prefix, description: prefix === '' ? 'this emulator' : 'this sandbox' }
]

/** The vendor's OpenAPI document without its paths, which are those of the registered routes. */
export const uapiDocument = (version: string) => ({
  ...documentBase(version),
  info: {
    ...documentBase(version).info,
    title: '4PSA UnifiedAPI v5: PhoneCallEvents, as uapi-emulator serves it',
    description:
      'The vendor’s PhoneCallEvents service, emulated. The same paths are served under /unifiedapi. ' +
      'What the vendor documents, what was observed and what is assumed is listed in docs/fidelity.md.'
  },
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

/** The requests that calls make to the urls of phone call events, as the webhooks of an OpenAPI document. */
const webhooks = () => Object.fromEntries(EVENT_TYPES.map(type => [type.name, webhook(type)]))

function webhook({ code, name, label, meaning }: (typeof EVENT_TYPES)[number]) {
  const properties = Object.fromEntries(
    Object.entries(WEBHOOK_PARAMETERS).map(([parameter, description]) => [
      parameter,
      { type: 'string', description, ...VALUES[parameter as keyof typeof VALUES]?.(name) } // the others have no list of values
    ])
  )
  const common = {
    tags: ['PhoneCallEvents'],
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
        required: true,
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
            schema: { type: 'object', required: Object.keys(WEBHOOK_PARAMETERS), properties }
          }
        }
      }
    }
  }
}

type Name = (typeof EVENT_TYPES)[number]['name']

/** The values of some parameters, by event type. @source call-events.md §1 */
const VALUES = {
  CallStatus: (name: Name) => ({
    enum:
      name === 'hangup'
        ? Object.values(OUTCOMES).map(({ callStatus }) => callStatus)
        : CALL_STATUSES.filter(status => status === (name.startsWith('dial') ? 'CALLING' : 'ANSWER'))
  }),
  CallFlow: (name: Name) => ({
    enum:
      name === 'hangup'
        ? ['IN', 'OUT', 'in', 'out']
        : name.endsWith('Incoming') || name === 'dialIn'
          ? ['IN', 'in']
          : ['OUT', 'out']
  })
}
