import { setImmediate as nextTurn } from 'node:timers/promises'

/** How many bytes are copied in one turn of the event loop: new memory is slow, and a request takes several turns. */
const BYTES_PER_TURN = 512 * 1024

/** Copies bytes into memory that threads share, so that handing them over copies nothing. */
export async function shareBytes(bytes: Uint8Array): Promise<Uint8Array<SharedArrayBuffer>> {
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.byteLength))
  for (let at = 0; at < bytes.byteLength; at += BYTES_PER_TURN) {
    shared.set(bytes.subarray(at, at + BYTES_PER_TURN), at)
    await nextTurn()
  }
  return shared
}

/** Bytes in memory of this thread: SQLite and the decoder of texts take no other. */
export const ownBytes = (bytes: Uint8Array): Uint8Array<ArrayBuffer> =>
  bytes.buffer instanceof ArrayBuffer ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes)
