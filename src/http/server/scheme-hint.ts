import type { Socket } from 'node:net'
import type { ConnectionError, SchemeHint } from './client-error.js'

/** Creates hints that warn once for https sent to a port of http, and once for http sent to a port of https. */
export function createSchemeHint(warn: (message: string) => void): SchemeHint {
  const given = new Set<keyof typeof HINTS>()
  return (error, socket) => {
    const mistake = mistakeOf(error, socket)
    if (mistake === undefined || given.has(mistake)) return
    given.add(mistake)
    warn(HINTS[mistake])
  }
}

const HINTS = {
  tlsToHttp:
    'a client sent a TLS handshake to this port, which serves http: use http:// in the client, or start with --tls',
  httpToTls:
    'a client sent plain HTTP to this port, which serves https: use https:// in the client, or start without --tls'
}

function mistakeOf(error: ConnectionError, socket: Socket): keyof typeof HINTS | undefined {
  if (isHandshake(error, socket)) return 'tlsToHttp'
  return HTTP_TO_TLS.has(error.code ?? '') ? 'httpToTls' : undefined
}

/** Codes of OpenSSL for a request of HTTP, CONNECT included, in place of a handshake. */
const HTTP_TO_TLS = new Set(['ERR_SSL_HTTP_REQUEST', 'ERR_SSL_HTTPS_PROXY_REQUEST'])

/** Whether a connection began with a TLS record of the type handshake. */
function isHandshake({ rawPacket: packet }: ConnectionError, { bytesRead }: Socket): boolean {
  return Buffer.isBuffer(packet) && packet.length === bytesRead && packet[0] === 0x16 && packet[1] === 0x03
}
