import Type from 'typebox'
import { readDuration } from '../../../client/duration.js'
import type { OptionRow, Table } from '../../../config.js'
import { CallOutcome, MAX_CALL_MS } from '../../../schema/call.js'
import { CLIENT_OPTIONS, CLIENT_USAGE, JSON_OPTION, renderJson } from '../../client-options.js'
import { type Command, EXIT } from '../../command.js'
import { clientEnvironment, withClient } from '../../connect.js'
import { readOptions } from '../../options.js'
import { renderCallUpdate, renderDetached } from '../../timeline.js'
import { runUntilStopped, watchCall } from '../../watch.js'

const text = Type.String({ minLength: 1 })

const OPTIONS = {
  from: {
    flag: 'from',
    placeholder: 'number',
    type: text,
    required: true,
    meaning: 'Who calls: an extension, or a number outside.'
  },
  to: {
    flag: 'to',
    placeholder: 'number',
    type: text,
    required: true,
    meaning: 'Who is called: an extension, its public or short number, or a number outside.'
  },
  outcome: { flag: 'outcome', placeholder: 'outcome', type: CallOutcome, meaning: 'How the call ends.' },
  ring: duration('ring', 'How long it rings: 2s, 1500ms, 1m, or milliseconds.'),
  talk: duration('talk', 'How long the parties talk.'),
  callerName: { flag: 'caller-name', placeholder: 'name', type: text, meaning: 'CallerIDName.' },
  dialled: {
    flag: 'dialled',
    placeholder: 'number',
    type: text,
    meaning: 'CalledNumber, where the caller dialled another text than --to.'
  },
  ...JSON_OPTION,
  ...CLIENT_OPTIONS
} as const satisfies Table

export const call: Command = {
  name: 'call',
  summary: 'Place a call and watch it, with the webhooks that it sends.',
  usage: `${CLIENT_USAGE}

It ends when the call is over and each of its webhooks was answered, or failed. Ctrl+C ends only the watching.

Examples:
  uapi-emulator call --from '0003*211' --to '0003*210'
  uapi-emulator call --from '0003*211' --to '0003*210' --ring 2s --talk 5s
  uapi-emulator call --from +40722000111 --to '0003*210' --outcome busy --json

Exit codes: 0 whatever became of the webhooks, 1 no emulator, or it fails, 2 bad options, or the emulator refuses them.`,
  options: OPTIONS,

  async run(flags, context) {
    const options = readOptions(OPTIONS, flags, clientEnvironment(context.environment))
    const { from, to, outcome, ring, talk, callerName, dialled, json } = options
    const render = json ? renderJson : renderCallUpdate
    return withClient(options, async client => {
      const ringMs = readDuration(ring)
      const talkMs = readDuration(talk)
      const placed = await client.calls.place({ from, to, outcome, ringMs, talkMs, callerName, dialled })
      await runUntilStopped(context, async signal => {
        let last: string | undefined
        for await (const news of watchCall(client, placed, signal)) {
          context.out(render(news))
          last = news.kind
        }
        if (last !== 'ended' && last !== 'frozen' && !json) context.out(renderDetached(placed))
      })
      return EXIT.ok
    })
  }
}

function duration(flag: string, meaning: string) {
  return {
    flag,
    placeholder: 'time',
    type: text,
    default: '0',
    check: time =>
      (readDuration(time) ?? Infinity) <= MAX_CALL_MS ? undefined : 'a time such as 2s, 1500ms or 1m, up to 24h',
    meaning
  } as const satisfies OptionRow
}
