import { brotliCompressSync, brotliDecompressSync, deflateSync, gunzipSync, gzipSync, inflateSync } from 'node:zlib'
import { valuesOf } from '../../service/recording/captured-body.js'
import type { Rewriter } from './answer.js'

/** The largest JSON that is rewritten after decoding, in bytes. */
const MAX_DECODED = 32 * 1024 * 1024

/**
 * Replaces absolute addresses of the upstream by those of the proxy: in JSON, where a text begins with one, and in
 * Location. @param own scheme and host of the proxy, as the client has named them
 */
export function createLinkRewriter(origin: URL, own: string): Rewriter {
  const host = hostPattern(origin)
  const inHeader = new RegExp(`^https?://${host}(?=[/?#]|$)`, 'i')
  const inJson = new RegExp(`"https?:(//|\\\\/\\\\/)${host}(?=[/\\\\?#"])`, 'gi')
  const rewriteText = (text: string): string =>
    text.replace(inJson, (_all, slashes: string) => `"${own.replace('//', slashes)}`)
  return {
    headers: headers =>
      headers.map((text, at) =>
        at % 2 === 1 && headers[at - 1]?.toLowerCase() === 'location' ? text.replace(inHeader, own) : text
      ),
    hasBody: headers =>
      /^\s*application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(valuesOf(headers, 'content-type').at(-1) ?? '') &&
      codingOf(headers) !== undefined,
    body(bytes, headers) {
      const coding = codingOf(headers)
      if (coding === undefined) return bytes
      try {
        const text = coding.decode(bytes).toString('latin1') // so that no byte of another code is lost
        const rewritten = rewriteText(text)
        return rewritten === text ? bytes : coding.encode(Buffer.from(rewritten, 'latin1'))
      } catch {
        return bytes // it is not what its coding says, or too large
      }
    }
  }
}

interface Coding {
  decode(bytes: Buffer): Buffer
  encode(bytes: Buffer): Buffer
}

const limits = { maxOutputLength: MAX_DECODED }

const CODINGS: Partial<Record<string, Coding>> = {
  '': { decode: bytes => bytes, encode: bytes => bytes },
  identity: { decode: bytes => bytes, encode: bytes => bytes },
  gzip: { decode: bytes => gunzipSync(bytes, limits), encode: bytes => gzipSync(bytes) },
  deflate: { decode: bytes => inflateSync(bytes, limits), encode: bytes => deflateSync(bytes) },
  br: { decode: bytes => brotliDecompressSync(bytes, limits), encode: bytes => brotliCompressSync(bytes) }
}

const codingOf = (headers: readonly string[]): Coding | undefined =>
  CODINGS[valuesOf(headers, 'content-encoding').join(',').trim().toLowerCase()]

/** Host and port of the upstream in an address, whose default port may be written. */
function hostPattern({ hostname, port }: URL): string {
  const name = hostname.replace(/[.[\]]/g, '\\$&')
  return port === '' ? `${name}(?::(?:80|443))?` : `${name}:${port}`
}
