import { isUtf8 } from 'node:buffer'
import { brotliDecompressSync, constants, gunzipSync, inflateRawSync, inflateSync, type ZlibOptions } from 'node:zlib'
import type { Omission } from '../../schema/recordings/recording.js'

/** The largest body that is kept, in bytes: as it came, and decoded. @assumed 0027 */
export const MAX_RECORDED_BODY = 1024 * 1024

/** A decoded body: its text, and whether its bytes are UTF-8, or else one character a byte. */
export type DecodedBody = { text: string; isUtf8: boolean } | { omitted: Omission; bytes: number }

/** The body of a message while it passes: kept up to the limit. */
export class CapturedBody {
  private chunks: Buffer[] = []
  private size = 0

  add(chunk: Buffer): void {
    this.size += chunk.length
    if (this.size <= MAX_RECORDED_BODY) this.chunks.push(chunk)
    else this.chunks = [] // nothing of it is kept
  }

  /** Number of bytes that have passed. */
  get bytes(): number {
    return this.size
  }

  /** The bytes that are kept: all of them, or none. */
  get kept(): Buffer {
    return this.chunks.length === 1 && this.chunks[0] ? this.chunks[0] : Buffer.concat(this.chunks)
  }

  /**
   * The body without its content coding. @param isCut whether it ended too early
   * @returns undefined for an empty one
   */
  decode(headers: readonly string[], isCut: boolean): DecodedBody | undefined {
    if (this.size === 0) return undefined
    const omit = (omitted: Omission) => ({ omitted, bytes: this.size })
    if (this.size > MAX_RECORDED_BODY) return omit('too_large')
    const codings = valuesOf(headers, 'content-encoding').flatMap(value => value.toLowerCase().split(','))
    let bytes = this.kept
    for (const coding of codings.map(name => name.trim()).reverse()) {
      if (coding === '' || coding === 'identity') continue
      const decode = CODINGS[coding]
      if (decode === undefined) return omit('unknown_coding')
      try {
        bytes = decode(bytes, isCut)
      } catch (error) {
        const isTooLarge = Reflect.get(Object(error), 'code') === 'ERR_BUFFER_TOO_LARGE'
        return omit(isTooLarge ? 'too_large' : 'undecodable')
      }
    }
    return printable(bytes, headers) ?? omit('undecodable')
  }
}

/** The values of a header. @param headers names and values in turn */
export const valuesOf = (headers: readonly string[], name: string): string[] =>
  headers.filter((_value, at) => at % 2 === 1 && headers[at - 1]?.toLowerCase() === name)

const CODINGS: Partial<Record<string, (bytes: Buffer, isCut: boolean) => Buffer>> = {
  gzip: (bytes, isCut) => gunzipSync(bytes, limits(isCut)),
  'x-gzip': (bytes, isCut) => gunzipSync(bytes, limits(isCut)),
  br: (bytes, isCut) =>
    brotliDecompressSync(bytes, {
      maxOutputLength: MAX_RECORDED_BODY,
      ...(isCut && { finishFlush: constants.BROTLI_OPERATION_FLUSH })
    }),
  // Servers send either format under this name. @source RFC 9110 §8.4.1.2
  deflate: (bytes, isCut) => {
    try {
      return inflateSync(bytes, limits(isCut))
    } catch (error) {
      if (Reflect.get(Object(error), 'code') === 'ERR_BUFFER_TOO_LARGE') throw error
      return inflateRawSync(bytes, limits(isCut))
    }
  }
}

const limits = (isCut: boolean): ZlibOptions => ({
  maxOutputLength: MAX_RECORDED_BODY,
  ...(isCut && { finishFlush: constants.Z_SYNC_FLUSH })
})

/** Bytes in which secrets can be found: UTF-8, or another code that has ASCII. Others are not kept. */
function printable(bytes: Buffer, headers: readonly string[]): DecodedBody | undefined {
  const [, charset] = /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(valuesOf(headers, 'content-type').at(-1) ?? '') ?? []
  if (charset !== undefined && !WITH_ASCII.test(charset)) return undefined
  if (bytes.includes(0)) return undefined
  return isUtf8(bytes)
    ? { text: bytes.toString('utf8'), isUtf8: true }
    : { text: bytes.toString('latin1'), isUtf8: false }
}

const WITH_ASCII = /^(?:utf-?8|us-ascii|ascii|iso-?8859-\d+|latin-?1|windows-125\d|cp125\d)$/i
