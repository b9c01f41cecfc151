/** Runs a piece of work when its turn has come, and resolves to its result. Rejects with what the piece throws. */
export type InTurn = <Result>(piece: () => Result) => Promise<Result>

/** How long pieces run in one turn of the event loop before the others have to wait, in milliseconds. */
const SLICE_MS = 4

/** How many pieces run in one turn: what goes on after a piece, such as the writing of an answer, takes time too. */
const MAX_PIECES = 8

/**
 * Shares the event loop between long pieces of work and everything else. Pieces run in the order in which they came, a
 * few in each turn, so that requests and webhooks are handled in between. A piece should take a few milliseconds.
 * @param now monotonic time, in milliseconds
 */
export function createTurns(now: () => number = () => performance.now()): InTurn {
  let queue: (() => void)[] = []
  let next = 0 // index in the queue
  let isScheduled = false

  const schedule = () => {
    if (isScheduled) return
    isScheduled = true
    setImmediate(runPieces)
  }
  const runPieces = () => {
    isScheduled = false
    const end = now() + SLICE_MS
    for (let count = 0; count < MAX_PIECES && now() < end; count++) {
      const run = queue[next++]
      if (next >= queue.length) [queue, next] = [[], 0]
      if (run === undefined) return
      run()
    }
    if (queue.length > 0) schedule()
  }

  return piece =>
    new Promise((resolve, reject) => {
      queue.push(() => {
        try {
          resolve(piece())
        } catch (error) {
          reject(error)
        }
      })
      schedule()
    })
}

/** The pieces of work of the whole process, which has one event loop. */
export const inTurn: InTurn = createTurns()

/**
 * A list whose entries are read one by one, so that a long one can be printed in parts. Which entries it has is settled
 * when the page is created; each is read when its turn comes.
 */
export interface Page<Entry> {
  entries: Iterable<Entry>
  /** The members of the list beside the entries. */
  counts: { total: number; dropped: number }
}

/** Up to so many entries of a page are read at once from the store; of more the ids, and then each entry when it is printed. */
export const SHORT_PAGE = 100
