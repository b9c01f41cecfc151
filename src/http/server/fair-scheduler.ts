import type { onRequestHookHandler } from 'fastify'

/** How long requests are taken up as they come, in milliseconds; those behind them wait. */
const SLICE = 10

/** How many are taken up before anybody looks at a clock. */
const FREE = 8

/** A hook that lets requests wait, and who wants to know when they have been taken up. */
export interface FairScheduler {
  hook: onRequestHookHandler
  /** Comes when those that wait now have been taken up. */
  drained(): Promise<void>
}

/**
 * Lets webhooks and timers have their turn when very many requests have come at once: what a slice of time has no room
 * for waits, in its order, and is taken up one in each turn of the event loop. Only so is all that a request does,
 * reading its body and answering too, done before the next.
 */
export function createFairScheduler(now: () => number = () => performance.now()): FairScheduler {
  let waiting: (() => void)[] = []
  let next = 0 // of those that wait
  let taken = 0 // in this turn
  let end = 0

  const begin = () => {
    end = now() + SLICE
    setImmediate(turn)
  }
  const turn = () => {
    taken = 0
    if (waiting.length === 0) return
    begin()
    const takeUp = waiting[next++]
    if (next === waiting.length) [waiting, next] = [[], 0]
    takeUp?.()
  }

  return {
    hook(_request, _reply, done) {
      const hasRoom = taken < FREE || now() < end
      if (waiting.length > 0 || !hasRoom) return void waiting.push(done)
      if (taken === 0) begin()
      taken += 1
      done()
    },
    drained: () => new Promise(done => (waiting.length === 0 ? done() : waiting.push(done)))
  }
}
