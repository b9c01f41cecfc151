import type { IncomingMessage } from 'node:http'
import { StringDecoder } from 'node:string_decoder'
import { type HeaderValues, MAX_KEPT_BODY, type WebhookResponse } from '../schema/delivery.js'

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

/** Names as they were sent; the first spelling of a name stands for all of them. */
function headerValues(raw: string[]): HeaderValues {
  const values = new Map<string, [name: string, value: string | string[]]>()
  for (let at = 0; at < raw.length; at += 2) {
    const [name = '', value = ''] = [raw[at], raw[at + 1]]
    const key = name.toLowerCase()
    const known = values.get(key)
    if (known) known[1] = [known[1], value].flat()
    else values.set(key, [name, value])
  }
  return Object.fromEntries(values.values())
}
