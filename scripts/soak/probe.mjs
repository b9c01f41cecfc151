// Loaded into the program before its own code, with --import and --expose-gc: measures it from inside.
const turn = () => new Promise(resolve => setImmediate(resolve))

process.on('message', async () => {
  for (let round = 0; round < 2; round++) {
    globalThis.gc()
    await turn()
  }
  const { rss, heapUsed, external } = process.memoryUsage()
  process.send({ rss, heap: heapUsed + external })
})
process.channel?.unref()
