import type { AddressInfo } from 'node:net'
import { type AppOptions, buildApp } from '../../app.js'
import { type Client, createClient } from '../../client/client.js'
import { readOwnWebhook, type SentWebhook } from '../../domain/comparing/sent-webhook.js'
import type { FixtureSource } from '../../domain/fixtures/read.js'
import type { RunContext } from '../command.js'
import { createSender, type Sender } from './send-request.js'

/** An emulator in this process, in memory, with a frozen clock. Its webhooks are answered at once and sent nowhere. */
export interface ComparedEmulator {
  client: Client
  sender: Sender
  /** The webhooks that it sent, in their order. */
  sent: readonly OwnWebhook[]
  /** Moves the clock to a time, in milliseconds since 1970, and performs what is due on the way. It never goes back. */
  advanceTo(time: number): Promise<void>
  close(): Promise<void>
}

/** A webhook of the emulator, and the host of the url that it was sent to. */
export interface OwnWebhook {
  host: string
  webhook: SentWebhook
}

/** Enough that nothing is dropped before it was compared. */
const LOG_SIZE = 1_000_000

/** The journal is not read. */
const JOURNAL_SIZE = 1

/**
 * Starts an emulator to compare with.
 * @param time that of its clock, in milliseconds since 1970
 * @throws FixtureInvalid, SqliteModuleRefused
 */
export async function startComparedEmulator(
  { runtime }: Pick<RunContext, 'runtime'>,
  { fixtures, time, autoConsent = false }: { fixtures: FixtureSource[]; time: number; autoConsent?: boolean }
): Promise<ComparedEmulator> {
  const sent: OwnWebhook[] = []
  const { app } = await buildApp({
    database: ':memory:',
    runtime,
    fixtures,
    autoConsent,
    machineClock: () => new Date(time),
    send: async request => {
      sent.push({ host: new URL(request.url).host, webhook: readOwnWebhook(request) })
      return ANSWERED
    },
    deliveryLogSize: LOG_SIZE,
    journalSize: JOURNAL_SIZE,
    drainMs: 0
  })
  try {
    await app.listen({ port: 0, host: '127.0.0.1' })
  } catch (error) {
    await app.close()
    throw error
  }
  const { port } = app.server.address() as AddressInfo // a server that listens on a port has one
  const url = `http://127.0.0.1:${port}`
  const client = createClient({ url })
  const sender = createSender(url)
  await client.clock.freeze()
  let now = time
  return {
    client,
    sender,
    sent,
    async advanceTo(next) {
      if (next <= now) return
      now = next
      await client.clock.advance({ to: new Date(next) })
    },
    async close() {
      client.close()
      sender.close()
      await app.close()
    }
  }
}

const ANSWERED: Awaited<ReturnType<NonNullable<AppOptions['send']>>> = {
  kind: 'answered',
  ms: 0,
  response: { status: 200, headers: {}, body: '', truncated: false }
}
