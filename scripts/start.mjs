// Prepares the clone and runs the emulator in this process, so that ending npm start ends the emulator.
import './prepare.mjs'

// npm starts this script through a shell that does not forward signals: a changed parent means that the shell ended.
const parent = process.ppid
setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM')
}, 200).unref()

process.argv.splice(2, 0, 'serve')
await import('../dist/main.js')
