// Makes the clone ready and runs the emulator, in this one process: whoever ends npm start ends the emulator.
import './prepare.mjs'

// npm starts this through a shell, which does not hand a signal on when it is ended: being left alone is the signal.
const parent = process.ppid
setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM')
}, 200).unref()

process.argv.splice(2, 0, 'serve')
await import('../dist/main.js')
