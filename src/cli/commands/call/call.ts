import Type from 'typebox'
import { parseDuration } from '../../../client/duration.js'
import type { OptionRow } from '../../../config.js'
import { CallOutcome, MAX_CALL_MS } from '../../../schema/call.js'
import { clientCommand } from '../../client-command.js'
import { renderJson } from '../../client-options.js'
import { runUntilStopped } from '../../run-until-stopped.js'
import { renderCallUpdate, renderDetached } from '../../timeline.js'
import { watchCall } from '../../watch.js'

const text = Type.String({ minLength: 1 })

export const call = clientCommand({
  name: 'call',
  summary: 'Place a call and print its timeline',
  notes: [
    'Prints each moment of the call and the webhooks that it sends, and ends when the call is over and every webhook ' +
      'was answered or has failed. Ctrl+C ends the printing, not the call.'
  ],
  examples: [
    "uapi-emulator call --from '0003*211' --to '0003*210'",
    "uapi-emulator call --from '0003*211' --to '0003*210' --ring 2s --talk 5s",
    "uapi-emulator call --from +40722000111 --to '0003*210' --outcome busy --json"
  ],
  exits: {
    0: 'success, also when a webhook failed',
    1: 'no emulator answers, or it fails',
    2: 'invalid options, or the emulator refuses the call'
  },
  options: {
    from: {
      flag: 'from',
      placeholder: 'number',
      type: text,
      required: true,
      meaning: 'Caller: an extension, or an outside number.'
    },
    to: {
      flag: 'to',
      placeholder: 'number',
      type: text,
      required: true,
      meaning: 'Called party: an extension, its public or short number, or an outside number.'
    },
    outcome: { flag: 'outcome', placeholder: 'outcome', type: CallOutcome, meaning: 'How the call ends.' },
    ring: duration('ring', 'How long it rings: 2s, 1500ms, 1m, or a number of milliseconds.'),
    talk: duration('talk', 'How long the parties talk after it is answered.'),
    callerName: { flag: 'caller-name', placeholder: 'name', type: text, meaning: 'CallerIDName in the webhooks.' },
    dialled: {
      flag: 'dialled',
      placeholder: 'number',
      type: text,
      meaning: 'CalledNumber in the webhooks, where it differs from --to.'
    }
  },
  async run(client, { from, to, outcome, ring, talk, callerName, dialled, json }, context) {
    const [ringMs, talkMs] = [parseDuration(ring), parseDuration(talk)]
    const placed = await client.calls.place({ from, to, outcome, ringMs, talkMs, callerName, dialled })
    await runUntilStopped(context, async signal => {
      let last: string | undefined
      for await (const update of watchCall(client, placed, signal)) {
        context.out(json ? renderJson(update) : renderCallUpdate(update))
        last = update.kind
      }
      if (last !== 'ended' && last !== 'frozen' && !json) context.out(renderDetached(placed))
    })
  }
})

function duration(flag: string, meaning: string) {
  return {
    flag,
    placeholder: 'time',
    type: text,
    default: '0',
    check: time =>
      (parseDuration(time) ?? Infinity) <= MAX_CALL_MS ? undefined : 'a time such as 2s, 1500ms or 1m, up to 24h',
    meaning
  } as const satisfies OptionRow
}
