import type { IncomingMessage } from 'node:http'

/** Headers of one connection, which a proxy does not pass on. @source RFC 9110 §7.6.1 */
const HOP_BY_HOP = new Set(['connection', 'proxy-connection', 'keep-alive', 'te', 'transfer-encoding', 'upgrade'])

/** Names without which a message cannot be read: a Connection header that lists them does not remove them. */
const KEPT = new Set(['content-length', 'host'])

/**
 * The headers of a message that a proxy passes on: those of the connection, and those that its Connection headers name,
 * are left out. @param raw names and values in turn
 */
export function endToEndHeaders(raw: readonly string[]): string[] {
  const named = namedByConnection(raw)
  return raw.filter((_text, at) => {
    const name = (raw[at - (at % 2)] ?? '').toLowerCase()
    return !HOP_BY_HOP.has(name) && (KEPT.has(name) || !named?.has(name))
  })
}

/**
 * The headers of a request for the upstream: with its Host, and with the framing that the body came with.
 * @param raw the headers to pass on, names and values in turn
 */
export function headersForUpstream(
  { method = '', headers }: IncomingMessage,
  raw: readonly string[],
  host: string
): string[] {
  const passed = endToEndHeaders(raw).map((text, at, all) => (at % 2 === 1 && isHost(all[at - 1]) ? host : text))
  if (!passed.some((text, at) => at % 2 === 0 && isHost(text))) passed.unshift('Host', host)
  if (headers['transfer-encoding'] !== undefined) passed.push('Transfer-Encoding', 'chunked')
  else if (headers['content-length'] === undefined && EXPECT_BODY.has(method)) passed.push('Content-Length', '0')
  return passed
}

/** Methods whose requests Node would send as chunked ones without a length. */
const EXPECT_BODY = new Set(['POST', 'PUT', 'PATCH'])

const isHost = (name: string | undefined): boolean => name?.toLowerCase() === 'host'

function namedByConnection(raw: readonly string[]): Set<string> | undefined {
  let named: Set<string> | undefined
  for (let at = 0; at + 1 < raw.length; at += 2) {
    if (raw[at]?.length !== 10 || raw[at]?.toLowerCase() !== 'connection') continue
    named ??= new Set()
    for (const name of raw[at + 1]?.split(',') ?? []) named.add(name.trim().toLowerCase())
  }
  return named
}
