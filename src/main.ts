#!/usr/bin/env node
import closeWithGrace from 'close-with-grace'
import { run } from './cli/program.js'

/** How long what is in flight may take when the process is told to stop, in milliseconds. */
const GRACE = 5_000

// Whoever reads what is printed may stop reading: uapi-emulator --help | head. What goes on only to be read ends then.
let unread = () => {}
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', error => {
    if (Reflect.get(error, 'code') !== 'EPIPE') throw error
    if (stream === process.stdout) unread()
  })
}

process.exitCode = await run({
  words: process.argv.slice(2),
  environment: process.env,
  pid: process.pid,
  runtime: process,
  out: text => void process.stdout.write(text),
  err: text => void process.stderr.write(text),
  onUnread(stop) {
    unread = stop
  },
  onStop(stop) {
    closeWithGrace({ delay: GRACE, logger: false }, ({ signal, err }) => stop({ signal, error: err }))
  }
})
