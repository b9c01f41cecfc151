import type { Call } from '../../../../schema/calls/call.js'
import type { CallRequest } from '../../../../schema/calls/call-request.js'
import { printCommand, quoteWord } from '../../../emulator/curl.js'
import { printJson } from './printable.js'

/** Where a copied command or test finds the emulator. */
export interface Place {
  url: string
  /** Whether the control API needs a token. It is never copied: the command reads it from a variable. */
  needsToken: boolean
}

/** The variable of the environment that a copied command or test reads the control token from. */
const TOKEN = 'UAPI_EMULATOR_CONTROL_TOKEN'

/** A command for a shell that places the call again. */
export const printCurl = (request: CallRequest, { url, needsToken }: Place): string =>
  printCommand([
    `curl -sS -X POST ${quoteWord(`${url}/_emulator/calls`)}`,
    ...(needsToken ? [`-H "authorization: Bearer $${TOKEN}"`] : []),
    `-H 'content-type: application/json'`,
    `-d ${quoteWord(printJson(request))}\n`
  ])

/** Webhooks of a call that have all of these. */
export interface FiredWebhooks {
  extension: string
  moment: string
  callStatus?: string
  count: number
}

/** A test with the client of the package, which places the call and verifies the webhooks that fired. */
export function printTest(fired: readonly FiredWebhooks[], request: CallRequest, { url, needsToken }: Place): string {
  const { ms, ends } = lengthOf(request)
  const options = needsToken ? `, { controlToken: process.env.${TOKEN} }` : ''
  const verify = (match: string, count: number) =>
    `  await emulator.deliveries.verify({ match: { callId${match} }, count: ${count} })`
  return [
    `import { test } from 'node:test'`,
    `import { connectEmulator } from 'uapi-emulator'`,
    '',
    `test('a call sends its webhooks', async t => {`,
    `  const emulator = await connectEmulator(${printJson(url)}${options})`,
    '  t.after(() => emulator.close())',
    `  const { callId } = await emulator.calls.place(${printJson(request, 2).replaceAll('\n', '\n  ')})`,
    ...(ms > 0 ? [`  await emulator.clock.advance(${ms}) // in milliseconds: nothing is waited for`] : []),
    ...(ends ? ['  await emulator.calls.ended(callId)'] : []),
    ...fired.map(({ count, ...match }) =>
      verify(
        Object.entries(match)
          .map(([name, value]) => `, ${name}: ${printJson(value)}`)
          .join(''),
        count
      )
    ),
    ...(fired.length === 0 ? ['  // No event is armed for its moments: it sends no webhook.', verify('', 0)] : []),
    '})',
    ''
  ].join('\n')
}

/** How long a call takes that a request places, and whether it ends by itself. */
function lengthOf({ steps, manual, ringMs = 0, talkMs = 0 }: CallRequest): { ms: number; ends: boolean } {
  if (manual) return { ms: 0, ends: false }
  if (steps === undefined) return { ms: ringMs + talkMs, ends: true }
  return { ms: steps.reduce((sum, { afterMs = 0 }) => sum + afterMs, 0), ends: steps.at(-1)?.hangup === 'all' }
}

/** The webhooks that fired, counted by extension, moment and status. */
export function firedOf({ moments }: Pick<Call, 'moments'>): FiredWebhooks[] {
  const rows = new Map<string, FiredWebhooks>()
  for (const { extension, moment, callStatus, armed, forgotten = 0 } of moments) {
    const count = armed.length + forgotten
    if (count === 0) continue
    const key = `${extension} ${moment} ${callStatus}`
    const row = rows.get(key)
    if (row) row.count += count
    else rows.set(key, { extension, moment, callStatus, count })
  }
  return [...rows.values()]
}
