import { connect } from 'node:net'

/** How often the oldest reader is replaced by a new one, in milliseconds: the program may have disconnected it. */
const RENEW_MS = 1_000

/** Keeps readers of the event stream that read its head and nothing more. */
export function keepStalledReaders(port, count) {
  const open = () => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {}) // it was disconnected, because it reads nothing
    socket.once('data', () => socket.pause())
    socket.write('GET /_emulator/stream HTTP/1.1\r\nHost: localhost\r\n\r\n')
    return socket
  }
  const readers = Array.from({ length: count }, open)
  const timer = setInterval(() => {
    readers.shift().destroy()
    readers.push(open())
  }, RENEW_MS)
  return {
    stop() {
      clearInterval(timer)
      for (const reader of readers) reader.destroy()
    }
  }
}
