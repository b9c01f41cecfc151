import type { IncomingMessage } from 'node:http'
import { type AllowedHosts, isHostAllowed, parseHost } from '../../domain/callbacks/host.js'
import { UapiError } from '../../domain/errors/uapi.js'
import { authorityOf, judgeTarget } from '../../domain/recordings/known-services.js'
import { isSameSecret } from '../../service/access/secrets.js'

/** Which requests a proxy passes on. */
export interface Rules {
  allowedHosts: AllowedHosts
  /** The token that every request needs; undefined for none. */
  token: string | undefined
  /** Whether other methods and paths than those of the known services are passed on. */
  all: boolean
  /** Whether only GET is passed on. */
  readOnly: boolean
}

/** The header with the token of the proxy. It is neither passed on nor recorded. */
export const TOKEN_HEADER = 'x-emulator-token'

/**
 * Judges a request before anything of it is passed on.
 * @returns path and query for the upstream
 * @throws UapiError `request_invalid`, `access_denied`, `request_not_implemented`
 * @assumed 0030
 */
export function judge(request: IncomingMessage, rules: Rules): string {
  const { method = '', url = '', headers } = request
  checkMessage(request)
  checkHost(authorityOf(url) ?? headers.host, rules.allowedHosts)
  const sent = headers[TOKEN_HEADER]
  if (rules.token !== undefined && !(typeof sent === 'string' && isSameSecret(sent, rules.token)))
    throw new UapiError('access_denied', 'proxy_token_missing', 401, 'Send the token of the proxy in X-Emulator-Token.')
  if (hasHeader(request, PATH_OVERRIDES))
    throw new UapiError(
      'request_invalid',
      'path_ambiguous',
      undefined,
      'Send the path that is meant, without X-Original-URL.'
    )
  const judged = judgeTarget(url, method)
  if ('refusal' in judged) {
    const remedy = judged.refusal === 'path_ambiguous' ? 'Send the path that is meant.' : ''
    throw new UapiError('request_invalid', judged.refusal, undefined, remedy)
  }
  if (!rules.all && !judged.isKnown)
    throw new UapiError('request_not_implemented', 'path_not_passed', undefined, ONLY_KNOWN)
  if (rules.readOnly && (method !== 'GET' || hasHeader(request, METHOD_OVERRIDES) || /[?&]_method=/i.test(url)))
    throw new UapiError('request_not_implemented', 'read_only', undefined, ONLY_GET)
  return judged.path
}

const ONLY_KNOWN =
  'The proxy passes on GET, POST, PUT and DELETE of PhoneCallEvents and PhoneCalls, and GET and POST of OAuth. ' +
  'For others start uapi-emulator record with --all.'
const ONLY_GET = 'The proxy passes on GET only: start uapi-emulator record without --read-only.'

/** Headers by which some servers take a request for one of another method, or of another path. */
const METHOD_OVERRIDES = ['x-http-method-override', 'x-http-method', 'x-method-override', 'x-method']
const PATH_OVERRIDES = ['x-original-url', 'x-rewrite-url']

/** CGI makes no difference between `-` and `_`. */
const hasHeader = ({ headers }: IncomingMessage, names: readonly string[]): boolean =>
  Object.keys(headers).some(name => names.includes(name.replaceAll('_', '-')))

/** Refuses what two servers could read differently. @source RFC 9112 §3.2, §6.1 */
function checkMessage({ httpVersionMajor, headers, rawHeaders }: IncomingMessage): void {
  if (httpVersionMajor !== 1) throw new UapiError('request_invalid', 'http_version_unsupported')
  const hosts = rawHeaders.filter((text, at) => at % 2 === 0 && text.length === 4 && text.toLowerCase() === 'host')
  if (hosts.length > 1) throw new UapiError('request_invalid', 'host_repeated')
  const coding = headers['transfer-encoding']
  if (coding !== undefined && coding.trim().toLowerCase() !== 'chunked')
    throw new UapiError('request_not_implemented', 'transfer_encoding_unsupported')
}

/** Refuses a Host that a web page could have chosen. @source control-api.md "Protection" */
function checkHost(sent: string | undefined, allowed: AllowedHosts): void {
  if (!sent) throw new UapiError('request_invalid', 'host_missing')
  const host = parseHost(sent)
  if (host === undefined) throw new UapiError('request_invalid', 'host_malformed')
  if (!isHostAllowed(host, allowed))
    throw new UapiError('access_denied', 'host_not_allowed', 403, 'Start uapi-emulator record with --allowed-host.')
}
