import type { Test } from 'tap'
import { connectEmulator, type Emulator } from '../../src/client/emulator.js'
import type { Call } from '../../src/schema/calls/call.js'
import type { CallRequest } from '../../src/schema/calls/call-request.js'
import { openPage, type PageOptions, serveBuilt } from './browser.js'
import { receive } from './receiver.js'

/** A day, in milliseconds: every call of the tests is over by then. */
export const DAY = 86_400_000
/** An outside caller. */
export const OUTSIDE = '+40722000111'
/** Who calls whom. */
export const CALLER = { from: '0003*211', to: '0003*210' }

/** Markup that runs a script where it is not shown as text. */
export const MARKUP = '<img src=x onerror=alert(1)>'

/** A text that would do harm as markup, in a shell, in Mermaid or in the order of characters. */
export const HOSTILE = `${MARKUP}'; end; %%{init}%% #35; style a:#b;\u202Eevil\u0007 $(id) \`id\``

/** An emulator with a receiver that answers, a closed port, and events of every kind on 0003*210; its clock stands. */
export async function openCalls(t: Test, words: string[] = []) {
  const receiver = await receive(t)
  const server = await serveBuilt(t, words)
  const emulator = await connectEmulator(server.url, { controlToken: server.ready.controlToken })
  t.teardown(() => emulator.close())
  await emulator.clock.freeze('2026-03-12T09:30:00Z')
  await emulator.events.removeAll()
  const event = { extension: '0003*210', method: '1', url: `${receiver.url}/hook`, status: '1' } as const
  const created = {
    rings: await emulator.events.create({ ...event, type: '0' }),
    disabled: await emulator.events.create({ ...event, type: '0', status: '0' }),
    ends: await emulator.events.create({ ...event, type: '2', url: 'http://127.0.0.1:9/gone' })
  }
  const show = async (path: string, options?: PageOptions) => {
    const opened = await openPage(t, `${server.url}${path}`, {
      permissions: ['clipboard-read', 'clipboard-write'],
      ...options
    })
    await opened.page.locator('.connection.live').waitFor()
    return opened
  }
  const showCall = async (call: Pick<Call, 'callId'>, options?: PageOptions) => {
    const opened = await show(`/?view=calls&call=${call.callId}`, options)
    await opened.page.locator('.detail .legs').waitFor()
    return opened
  }
  return { receiver, server, emulator, created, show, showCall }
}

/** Places a call and lets it end. */
export async function play(emulator: Emulator, request: CallRequest): Promise<Call> {
  const { callId } = await emulator.calls.place(request)
  await emulator.clock.advance(DAY)
  return emulator.calls.get(callId)
}
