import { once } from 'node:events'
import { createServer } from 'node:http'

/** Starts a receiver that answers every webhook with 200, and counts them. */
export async function startReceiver() {
  let count = 0
  const server = createServer((request, response) => {
    count++
    request.resume()
    response.end('OK')
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    count: () => count,
    stop() {
      server.close()
      server.closeAllConnections()
    }
  }
}
