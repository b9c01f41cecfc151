import { setImmediate, setTimeout } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'

/** How long a server goes on that is told to stop: those who use it do not know, in milliseconds. */
const LAST_CALL = 50

/** How often it then looks once more at what has come: accepting a connection, reading it and answering are a turn each. */
const TURNS = 16

/** How long requests that are still coming in, or being answered, are waited for then, in milliseconds. */
const PATIENCE = 3_000

/**
 * Waits until what was sent before has been read and answered. On a busy machine the time alone may pass without a turn.
 * @param ms 0 does not wait at all
 */
export async function lastCall(ms = LAST_CALL): Promise<void> {
  if (ms === 0) return
  await setTimeout(ms)
  for (let turn = 0; turn < TURNS; turn++) await setImmediate()
}

/** Connections that turn idle while we close would be waited for until they time out. */
export function closeAsTheyTurnIdle({ server }: FastifyInstance, closeUnused: () => void): void {
  closeUnused()
  if (!server.listening) return // it would never say that it closed
  const end = performance.now() + PATIENCE
  const sweep = setInterval(() => {
    closeUnused()
    if (performance.now() > end) server.closeAllConnections()
  }, 50)
  server.once('close', () => clearInterval(sweep))
}
