import { readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Test } from 'tap'
import { type AppOptions, type BuiltEmulator, buildApp } from '../../src/app.js'
import type { Fixture } from '../../src/schema/fixture.js'

/** The time in every test that does not set another. */
export const NOW = new Date('2026-03-01T10:20:30.456Z')

/** `modified` of events that a test creates. */
export const NOW_PRINTED = '2026-03-01T10:20:30+00:00'

/** The tokens of the default fixture, by the role of their user. */
export const TOKENS = {
  user: 'emulator-user-token',
  organization: 'emulator-organization-token',
  administrator: 'emulator-administrator-token',
  other: 'emulator-other-token'
} as const

/** The headers of the vendor page's cURLs, which authenticate by cookie. @source page "Code Examples" */
export const PAGE_HEADERS = {
  'x-xsrf-token': '44HzZ6YIHDN6mbRY',
  'content-type': 'application/json',
  cookie: 'dev=ffffffffffffffff2kjZMApYaH; xsrf-token=44HzZ6YIHDN6mbRY; vn=XI%2Cm-tpsEWgqBMBCNVpeAnUEaeqCpG7f'
}

/** The id of the event of the default fixture, and the path of its list. */
export const PAGE_EVENT = 'NqeyDRqo4FtabmFj8gNWq3hsiGNYyq'
export const EVENTS = '/uapi/extensions/@me/0003*210/phoneCallEvents'

/** A valid body for Create. */
export const NEW_EVENT = { method: '0', url: 'http://receiver.test/hook' }

/** Reads a fixture of the package. */
export const readFixture = (name: string): Fixture =>
  JSON.parse(readFileSync(join(import.meta.dirname, '..', '..', 'fixtures', `${name}.json`), 'utf8'))

/** An emulator on loopback, in memory, with a constant machine clock and counted ids. */
export interface Running extends BuiltEmulator {
  url: string
  port: number
  /** Sets the machine clock. */
  setTime(time: Date): void
  /** Sends a request with a bearer token; `as: null` sends none. */
  ask(method: string, path: string, options?: AskOptions): Promise<Answer>
}

export interface AskOptions {
  as?: keyof typeof TOKENS | null
  /** Sent as JSON, unless it is a string. */
  body?: unknown
  headers?: Record<string, string>
}

export interface Answer {
  status: number
  headers: Headers
  text: string
  /** The parsed JSON body; undefined when there is none. */
  // biome-ignore lint/suspicious/noExplicitAny: tests assert its shape
  body: any
  reason: string | null
}

/** Starts an emulator, and closes it at the end of the test. */
export async function start(t: Test, options: Partial<AppOptions> & { fixture?: unknown } = {}): Promise<Running> {
  const { fixture = readFixture('default'), ...rest } = options
  let now = NOW
  const emulator = await buildApp({
    database: ':memory:',
    runtime: process,
    machineClock: () => now,
    newId: countedIds(),
    fixtures: [{ name: 'test', document: fixture }],
    ...rest
  })
  t.teardown(() => emulator.app.close())
  await emulator.app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = emulator.app.server.address() as AddressInfo
  const url = `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}`
  return {
    ...emulator,
    url,
    port,
    setTime: time => {
      now = time
    },
    ask: (method, path, asked = {}) => ask(url + path, method, asked)
  }
}

/**
 * Sends a request that the emulator answers later. Resolves when its handler waits: a later request has been answered
 * by then.
 */
export async function sendWaiting(
  { app, ask }: Pick<Running, 'app' | 'ask'>,
  method: string,
  path: string,
  options?: AskOptions
): Promise<{ answer: Promise<Answer> }> {
  const read = new Promise<void>(done => {
    app.server.once('request', (request: IncomingMessage) =>
      request.headers['content-length'] === undefined ? done() : request.once('end', done)
    )
  })
  const answer = ask(method, path, options)
  await read
  await ask('GET', '/_emulator/health', { as: null })
  return { answer }
}

/** Counted ids: `000…1`, `000…2`. */
export function countedIds(): (length: number) => string {
  let last = 0
  return length => String(++last).padStart(length, '0')
}

async function ask(url: string, method: string, { as = 'user', body, headers = {} }: AskOptions): Promise<Answer> {
  const response = await fetch(url, {
    method,
    redirect: 'manual',
    headers: {
      ...(as && { authorization: `Bearer ${TOKENS[as]}` }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) })
  })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.startsWith('application/json')
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: isJson && text !== '' ? JSON.parse(text) : undefined,
    reason: response.headers.get('x-emulator-reason')
  }
}
