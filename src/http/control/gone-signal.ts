import type { FastifyReply } from 'fastify'

/** Tells when nobody waits for an answer any more. */
export function goneSignal({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController()
  raw.once('close', () => gone.abort())
  return gone.signal
}
