import Type from 'typebox'
import type { CallRequest } from '../../../schema/calls/call-request.js'
import { CallOutcome } from '../../../schema/calls/call-step.js'
import { omitUndefined } from '../../action.js'
import { clientCommand } from '../../client-command.js'
import { createCommandLine, renderJson } from '../../client-options.js'
import { durationOption, toMs } from '../../duration-option.js'
import { OptionsInvalid } from '../../options.js'
import { runUntilStopped } from '../../run-until-stopped.js'
import { foldLine } from '../../terminal/fold.js'
import { createTimeline } from '../../timeline.js'
import { watchCall } from '../../watch-call.js'
import { readCallFile } from './call-file.js'

const text = Type.String({ minLength: 1 })
const possiblyEmpty = Type.String()

export const call = clientCommand({
  name: 'call',
  summary: 'Place a call and print its timeline',
  notes: [
    'Prints each moment of the call and the webhooks that it sends. It ends when the call is over and every webhook was ' +
      'answered or has failed. Until then it prints what the call waits for: a webhook that a fault holds back, or a ' +
      'command for a manual call. Ctrl+C ends the printing, not the call.',
    'With --manual the call rings until other commands drive it: answer, reject, ring, transfer, complete, hangup.',
    '--steps reads a list of steps, for example [{"afterMs":2000,"answer":"0003*210"},{"hangup":"all"}], or a whole ' +
      'request of POST /_emulator/calls. Options override its members.',
    'A call of more than two legs is printed with lanes: each leg has a column, with its letter at each of its moments.'
  ],
  examples: [
    "uapi-emulator call --from '0003*211' --to '0003*210'",
    "uapi-emulator call --from '0003*211' --to '0003*210' --ring 2s --talk 5s",
    "uapi-emulator call --from +40722000111 --to '0003*210' --outcome busy --json",
    "uapi-emulator call --from 0722000111 --to '0003*210' --to '0003*211' --ring 2s",
    "uapi-emulator call --to '0003*210' --caller-number '' --caller-name Anonymous",
    "uapi-emulator call --from '0003*211' --to '0003*210' --manual",
    'uapi-emulator call --steps call.json'
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
      meaning: 'Caller: an extension, or an outside number. Without it, an outside caller that has no number.'
    },
    to: {
      flag: 'to',
      placeholder: 'number',
      type: text,
      repeatable: true,
      meaning:
        'Called party: an extension, its public or short number, or an outside number. Several extensions ring at once. ' +
        'Needed unless --steps gives it.'
    },
    answeredBy: {
      flag: 'answered-by',
      placeholder: 'number',
      type: text,
      meaning: 'Which of several --to answers; by default the first.'
    },
    outcome: { flag: 'outcome', placeholder: 'outcome', type: CallOutcome, meaning: 'How the call ends.' },
    ring: durationOption('ring', 'How long it rings: 2s, 1500ms, 1m; 0s by default.'),
    talk: durationOption('talk', 'How long the parties talk after it is answered: 5s, 1m; 0s by default.'),
    steps: {
      flag: 'steps',
      placeholder: 'file',
      type: text,
      meaning: 'JSON file with the steps of the call, or with a whole request; - is standard input.'
    },
    manual: { flag: 'manual', type: Type.Boolean(), meaning: 'The call rings until other commands drive it.' },
    callerNumber: {
      flag: 'caller-number',
      placeholder: 'text',
      type: possiblyEmpty,
      meaning: 'CallerIDNum in the webhooks, any text; empty when the caller withholds it.'
    },
    callerName: {
      flag: 'caller-name',
      placeholder: 'name',
      type: possiblyEmpty,
      meaning: 'CallerIDName in the webhooks.'
    },
    dialled: {
      flag: 'dialled',
      placeholder: 'number',
      type: text,
      meaning: 'CalledNumber in the webhooks, where it differs from --to.'
    },
    calledDid: {
      flag: 'called-did',
      placeholder: 'number',
      type: possiblyEmpty,
      meaning: 'CalledDID in the webhooks: the public number that the call came by.'
    },
    callId: {
      flag: 'call-id',
      placeholder: 'id',
      type: text,
      meaning: 'CallID of the first leg of an extension, for identical runs: 1479144949.4665265.'
    },
    callApiId: {
      flag: 'call-api-id',
      placeholder: 'id',
      type: text,
      meaning: 'CallAPIID, for identical runs: 20 characters a-z and 0-9.'
    }
  },
  async run(client, { json, steps, to, ring, talk, ...options }, context) {
    const { from, answeredBy, outcome, manual, callerNumber, callerName, dialled, calledDid, callId, callApiId } =
      options
    const file = steps === undefined ? {} : await readCallFile(steps, context)
    const given = {
      ...{ from, answeredBy, outcome, manual, callerNumber, callerName, dialled, calledDid, callId, callApiId },
      to: to.length > 1 ? to : to[0],
      ringMs: toMs(ring),
      talkMs: toMs(talk)
    }
    const request = { ...file, ...omitUndefined(given) }
    if (!isComplete(request)) throw new OptionsInvalid(['--to is missing. Give the called party, or several.'])

    const placed = await client.calls.place(request)
    if (!json)
      for (const warning of placed.warnings ?? [])
        context.err(`${foldLine(`Warning: ${warning}`, context.errorPage)}\n`)
    const timeline = createTimeline(createCommandLine(options), context.page)
    await runUntilStopped(context, async signal => {
      let last: string | undefined
      for await (const update of watchCall(client, placed, signal)) {
        context.out(json ? renderJson(update) : timeline.render(update))
        last = update.kind
      }
      if (last !== 'ended' && last !== 'frozen' && !json) context.out(timeline.renderDetached(placed))
    })
  }
})

const isComplete = (request: Partial<CallRequest>): request is CallRequest => request.to !== undefined
