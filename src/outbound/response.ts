import { isUtf8 } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import { StringDecoder } from 'node:string_decoder'
import { headerValues } from '../domain/headers.js'
import { MAX_KEPT_BODY, type WebhookResponse } from '../schema/calls/delivery.js'

/** A response while it is received. Its body is kept up to the limit of the delivery log. */
export class IncomingResponse {
  private readonly chunks: Buffer[] = []
  private size = 0

  constructor(private readonly message: IncomingMessage) {}

  get status(): number {
    return this.message.statusCode ?? 0
  }

  /** Adds a chunk of the body. @returns whether the body exceeds the limit */
  add(chunk: Buffer): boolean {
    if (this.isTruncated) return true
    this.chunks.push(chunk.subarray(0, MAX_KEPT_BODY - this.size))
    this.size += chunk.length
    return this.isTruncated
  }

  /** The response as received so far. */
  toResponse(): WebhookResponse {
    const bytes = Buffer.concat(this.chunks)
    return {
      status: this.status,
      headers: headerValues(this.message.rawHeaders),
      // The decoder leaves out a last character that the limit cut.
      body: this.isTruncated ? new StringDecoder('utf8').write(bytes) : bytes.toString('utf8'),
      ...(!isUtf8(this.isTruncated ? completeCharacters(bytes) : bytes) && { base64: bytes.toString('base64') }),
      truncated: this.isTruncated
    }
  }

  private get isTruncated(): boolean {
    return this.size > MAX_KEPT_BODY
  }
}

/** The bytes without a last character that the limit cut: at most three bytes. */
function completeCharacters(bytes: Buffer): Buffer {
  for (let cut = 0; cut < 4; cut++) {
    const rest = bytes.subarray(0, bytes.length - cut)
    if (isUtf8(rest)) return rest
  }
  return bytes
}
