// Prepares the clone and runs the emulator in this process, so that ending npm start ends the emulator.

// npm starts this script through a shell that does not forward signals: a changed parent means that the shell ended.
// The parent is read first, because the shell can end while the clone is prepared.
const parent = process.ppid
await import('./prepare.mjs')
if (process.ppid !== parent) process.exit(1)
setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, 'SIGTERM')
}, 200).unref()

process.argv.splice(2, 0, 'serve')
await import('../dist/main.js')
