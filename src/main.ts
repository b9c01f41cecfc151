import { buffer } from 'node:stream/consumers'
import closeWithGrace from 'close-with-grace'
import { run } from './cli/program.js'

/** Time limit for a graceful shutdown, in milliseconds. */
const SHUTDOWN_TIMEOUT_MS = 5_000

// The reader of a pipe may leave early, as in `uapi-emulator --help | head`. Commands that only print then stop.
let stopPrinting = () => {}
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', error => {
    if (Reflect.get(error, 'code') !== 'EPIPE') throw error
    if (stream === process.stdout) stopPrinting()
  })
}

const result = run({
  args: process.argv.slice(2),
  environment: process.env,
  pid: process.pid,
  runtime: process,
  input: () => buffer(process.stdin),
  out: text => void process.stdout.write(text),
  err: text => void process.stderr.write(text),
  streams: { out: process.stdout, err: process.stderr },
  onOutputClosed(stop) {
    stopPrinting = stop
  },
  onStop(stop, extraMs = 0) {
    // Not before a normal exit: it would replace the exit code by 0 or 1.
    const delay = SHUTDOWN_TIMEOUT_MS + extraMs
    closeWithGrace({ delay, logger: false, skip: ['beforeExit'] }, ({ signal, err }) => stop({ signal, error: err }))
  }
})
void result.then(code => {
  process.exitCode = code
})
