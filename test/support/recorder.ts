import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import { buildRecordingProxy, buildWebhookCatcher } from '../../src/recording-proxy.js'

/** `record` and `catch --record --forward` in the process of a test: an address for each, and their recordings. */
export interface Recorder {
  base: string
  hook: string
  /** Waits until every request has its line, and returns the texts of the two recordings. */
  recordings(): Promise<{ exchanges: string; webhooks: string }>
  /** Removes all lines but the first ones. */
  clear(): void
}

/**
 * Records what passes to an upstream, and the webhooks that it sends.
 * @param slowMs how long the application waits before it answers a webhook to a path that ends with `/slow`
 */
export async function record(t: Test, upstream: string, slowMs = 100): Promise<Recorder> {
  const application = createServer((request, response) => {
    request.resume()
    const isSlow = /\/slow(?:\?|$)/.test(request.url ?? '')
    if (isSlow) setTimeout(() => response.end('OK'), slowMs)
    else response.end('OK')
  })
  const forward = new URL(await listen(t, application))
  const exchanges: string[] = []
  const webhooks: string[] = []
  const report = (line: string) => t.fail(line)
  const proxy = buildRecordingProxy({
    origin: new URL(upstream),
    ca: undefined,
    insecure: false,
    timeoutMs: 10_000,
    allowedHosts: [],
    token: undefined,
    all: true,
    readOnly: false,
    rewriteLinks: false,
    tls: undefined,
    append: line => exchanges.push(line),
    report
  })
  const catcher = buildWebhookCatcher({ append: line => webhooks.push(line), forward, status: 200, report })
  const receiver = createServer(catcher.listener)
  t.teardown(async () => {
    await proxy.stop()
    catcher.close()
  })
  const expected = { exchanges: 1, webhooks: 1 }
  proxy.server.on('request', () => expected.exchanges++)
  receiver.on('request', () => expected.webhooks++)
  return {
    base: await listen(t, proxy.server),
    hook: await listen(t, receiver),
    async recordings() {
      while (exchanges.length < expected.exchanges || webhooks.length < expected.webhooks)
        await new Promise(done => setImmediate(done))
      return { exchanges: exchanges.join(''), webhooks: webhooks.join('') }
    },
    clear() {
      exchanges.length = 1
      webhooks.length = 1
      Object.assign(expected, { exchanges: 1, webhooks: 1 })
    }
  }
}

async function listen(t: Test, server: Server): Promise<string> {
  await once(server.listen({ port: 0, host: '127.0.0.1' }), 'listening')
  t.teardown(() => {
    server.closeAllConnections()
    return new Promise<void>(closed => void server.close(() => closed()))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}` // it listens on a port
}
