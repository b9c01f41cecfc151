// A bare client: sends requests over kept connections, a given number at once.
// usage: node client.mjs URL COUNT CONCURRENCY; prints requests a second
import http from 'node:http'

const [url, count, concurrency] = process.argv.slice(2)
const agent = new http.Agent({ keepAlive: true, maxSockets: Number(concurrency) })

const send = () =>
  new Promise((done, fail) => {
    const request = http.request(url, { agent }, response => response.resume().once('end', done))
    request.once('error', fail).end()
  })
const sendMany = many => {
  let left = many
  const lane = async () => {
    while (left-- > 0) await send()
  }
  return Promise.all(Array.from({ length: Number(concurrency) }, lane))
}

await sendMany(Math.min(500, Number(count)))
const begun = performance.now()
await sendMany(Number(count))
process.stdout.write(`${JSON.stringify({ perSecond: (Number(count) / (performance.now() - begun)) * 1000 })}\n`)
agent.destroy()
