import type { IncomingMessage } from 'node:http'
import { StringDecoder } from 'node:string_decoder'
import { headerValues } from '../domain/headers.js'
import { MAX_KEPT_BODY, type WebhookResponse } from '../schema/delivery.js'

/** An answer while it comes in. No more of it is kept than the log keeps. */
export class Answer {
  private readonly chunks: Buffer[] = []
  private size = 0

  constructor(private readonly message: IncomingMessage) {}

  get status(): number {
    return this.message.statusCode ?? 0
  }

  /** Takes a piece of the body. @returns whether there is more of it than is kept */
  take(chunk: Buffer): boolean {
    if (this.isTruncated) return true
    this.chunks.push(chunk.subarray(0, MAX_KEPT_BODY - this.size))
    this.size += chunk.length
    return this.isTruncated
  }

  /** What came so far. */
  toResponse(): WebhookResponse {
    const bytes = Buffer.concat(this.chunks)
    return {
      status: this.status,
      headers: headerValues(this.message.rawHeaders),
      // Of a body that is cut, a character that is cut, too, is left out.
      body: this.isTruncated ? new StringDecoder('utf8').write(bytes) : bytes.toString('utf8'),
      truncated: this.isTruncated
    }
  }

  private get isTruncated(): boolean {
    return this.size > MAX_KEPT_BODY
  }
}
