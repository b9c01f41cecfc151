import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import type { UapiError } from '../domain/errors/uapi.js'
import { CONTROL_PREFIX } from '../schema/control-api/operation.js'
import { replyWithControlError, fromUapiError as toControlError } from './control/error-handler.js'
import { fromUapiError, replyWithOAuthError } from './oauth/error-handler.js'
import { replyWithUapiError } from './uapi/error-handler.js'

/** A surface: a set of paths that share a prefix, an error shape, and whether their requests are recorded. */
export interface Surface {
  /** As metrics show it. */
  name: 'uapi' | 'oauth' | 'control' | 'web'
  /** Prefix of the paths. Empty for `web`, which has every path that no other surface has. */
  prefix: string
  /** Whether the journal records the requests. */
  isRecorded: boolean
  /** The Fastify error handler. */
  replyWithError: (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => Promise<object>
  /** The JSON body of an error that is written to the socket, before Fastify has a request. */
  printError: (error: UapiError) => object
}

const printEnvelope = ({ code, message }: { code: string; message: string }) => ({ error: { code, message } })

const printControlError = (error: UapiError) => printEnvelope(toControlError(error))

const printOAuthError = (error: UapiError) => {
  const { code, message } = fromUapiError(error)
  return { error: code, error_description: message }
}

/** The surfaces by name: the only place that holds their prefixes and error shapes. */
export const SURFACES = {
  uapi: {
    name: 'uapi',
    prefix: '/uapi',
    isRecorded: true,
    replyWithError: replyWithUapiError,
    printError: printEnvelope
  },
  oauth: {
    name: 'oauth',
    prefix: '/oauth',
    isRecorded: true,
    replyWithError: replyWithOAuthError,
    printError: printOAuthError
  },
  control: {
    name: 'control',
    prefix: CONTROL_PREFIX,
    isRecorded: false,
    replyWithError: replyWithControlError,
    printError: printControlError
  },
  web: {
    name: 'web',
    prefix: '',
    isRecorded: true,
    replyWithError: replyWithControlError,
    printError: printEnvelope
  }
} as const satisfies { [Name in Surface['name']]: Surface & { name: Name } }

const PREFIXED: readonly Surface[] = [SURFACES.uapi, SURFACES.oauth, SURFACES.control]

/** The surface of a path. @param path without origin and sandbox; it may end in a query */
export function surfaceOf(path: string): Surface {
  const found = PREFIXED.find(({ prefix }) => path.startsWith(prefix) && /^(?:[/?]|$)/.test(path.slice(prefix.length)))
  return found ?? SURFACES.web
}
