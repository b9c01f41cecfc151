import type { onRequestHookHandler } from 'fastify'

/** How long requests are taken up until everything else has its turn, in milliseconds. */
const SLICE = 10

/** How many are taken up before anybody looks at a clock. */
const FREE = 32

/**
 * Lets webhooks and timers have their turn when very many requests have come at once: what a slice of time has no room
 * for waits for the next turn of the event loop, in its order.
 */
export function takeTurns(now: () => number = () => performance.now()): onRequestHookHandler {
  let waiting: (() => void)[] = []
  let taken = 0 // in this turn
  let end = 0

  const begin = () => {
    end = now() + SLICE
    setImmediate(turn)
  }
  const hasRoom = () => taken < FREE || now() < end

  const turn = () => {
    taken = 0
    if (waiting.length === 0) return
    begin()
    while (taken < waiting.length && hasRoom()) waiting[taken++]?.()
    waiting = waiting.slice(taken)
  }

  return function awaitTurn(_request, _reply, done) {
    if (waiting.length > 0 || !hasRoom()) return void waiting.push(done)
    if (taken === 0) begin()
    taken += 1
    done()
  }
}
