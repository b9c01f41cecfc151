import { CALL_STATUSES, OUTCOMES } from '../../schema/call.js'
import { EVENT_TYPES } from '../../schema/event-type.js'

/** The ten parameters of a webhook. @source call-events.md §2 (v5, clients) */
export const WEBHOOK_PARAMETERS = {
  CallID: 'The id of the call, the same at all of its moments; for example 1479144949.4665265.',
  CallerIDNum: "The caller's number; of an extension its extended number.",
  CallerIDName: "The caller's display name.",
  CalledDID: 'The public number that was dialled, if the call came by one.',
  CalledExtension: 'The extended number of the called extension; empty when it is outside.',
  CallerExtension: 'The extended number of the calling extension; empty when it is outside.',
  CalledNumber: 'The number as it was dialled.',
  CallStatus: 'How the call stands.',
  CallFlow: 'Which leg of the call this is; in lower case when callFlowCase is lower.',
  CallAPIID: "20 characters, the call's id in the API."
} as const

/** The requests that calls make to the urls of phone call events, as the webhooks of an OpenAPI document. */
export const webhooks = () => Object.fromEntries(EVENT_TYPES.map(type => [type.name, webhook(type)]))

function webhook({ code, name, label, meaning }: (typeof EVENT_TYPES)[number]) {
  const properties = Object.fromEntries(
    Object.entries(WEBHOOK_PARAMETERS).map(([parameter, description]) => [
      parameter,
      { type: 'string', description, ...VALUES[parameter as keyof typeof VALUES]?.(name) } // the rest has no list
    ])
  )
  const described = {
    tags: ['PhoneCallEvents'],
    summary: `${label} (type ${code}): ${meaning}.`,
    responses: { '2XX': { description: 'Delivered. The body is not used.' } }
  }
  return {
    get: {
      operationId: `${name}ByGet`,
      ...described,
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
      ...described,
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

/** What some parameters can say, by type. @source call-events.md §1 */
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
