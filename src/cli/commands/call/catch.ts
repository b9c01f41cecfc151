import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import Type from 'typebox'
import { SERVE_OPTIONS } from '../../../config.js'
import { isBaseUrl, urlAt } from '../../../domain/callbacks/host.js'
import type { Table } from '../../../option-table.js'
import { buildWebhookCatcher } from '../../../recording-proxy.js'
import { CLIENT_NOTE, CLIENT_OPTIONS, renderJson } from '../../client-options.js'
import { type Command, EXIT, type Flags, type RunContext } from '../../command.js'
import { inWordsOfOptions } from '../../command-line/option-words.js'
import { clientEnvironment, withClient } from '../../connect.js'
import { OptionsInvalid, readOptions } from '../../options.js'
import { createRecording } from '../../recordings/recording-file.js'
import { runUntilStopped } from '../../run-until-stopped.js'
import { explainListenError, probeAddress } from '../../serve/address.js'
import {
  type ReceivedRequest,
  readReceivedRequest,
  renderReceivedRequest,
  renderReceivedRequestJson
} from './received-request.js'
import { reachableUrl, registerEvents, removeEvents } from './registration.js'

const OPTIONS = {
  register: {
    flag: 'register',
    placeholder: 'extension',
    type: Type.String({ minLength: 1 }),
    repeatable: true,
    meaning: 'Extension, extended, whose events of every type are sent here until the end.'
  },
  port: { ...SERVE_OPTIONS.port, default: 4773 },
  host: SERVE_OPTIONS.host,
  status: {
    flag: 'status',
    placeholder: 'status',
    type: Type.Integer({ minimum: 200, maximum: 599 }),
    default: 200,
    meaning: 'Status of every response.'
  },
  record: {
    flag: 'record',
    placeholder: 'file',
    type: Type.String({ minLength: 1 }),
    meaning: 'New file for a recording of the webhooks, a line of JSON each.'
  },
  forward: {
    flag: 'forward',
    placeholder: 'url',
    type: Type.String({ minLength: 1 }),
    check: url => (isBaseUrl(url) ? undefined : 'an http or https URL without credentials, query and fragment'),
    meaning: 'Application that each webhook is passed on to, below this url; its answer is given back.'
  },
  json: {
    flag: 'json',
    type: Type.Boolean(),
    default: false,
    meaning: 'Print one line of JSON when ready, and one for each request.'
  },
  ...CLIENT_OPTIONS
} as const satisfies Table

export const catchRequests: Command = {
  name: 'catch',
  summary: 'Receive webhooks and print them',
  notes: [
    'With --register it adds events to a running emulator, and removes them when it is stopped. Without, register the ' +
      'printed url in a phone call event yourself. Any path below it is accepted. In a container, or for an emulator ' +
      'in one, listen on every address: --host 0.0.0.0.',
    'With --record each webhook becomes a line of a recording, with pseudonyms in the place of secrets. With --forward ' +
      'the application gets method, path, headers and body as they came. While it is away, or silent for five seconds, the ' +
      'sender gets the --status answer, and the recording has the failure.',
    CLIENT_NOTE
  ],
  examples: [
    "uapi-emulator catch --register '0003*210'",
    'uapi-emulator catch --port 0 --json',
    'uapi-emulator catch --status 500',
    'uapi-emulator catch --record webhooks.jsonl --forward http://127.0.0.1:3000/hooks'
  ],
  exits: {
    0: 'stopped',
    1: 'failure, webhooks are missing in the recording, or no emulator answers --register',
    2: 'invalid options, the port is taken, the recording cannot be created, or the emulator refuses the events'
  },
  options: OPTIONS,

  async run(flags, context) {
    checkClientOptions(flags)
    // UAPI_EMULATOR_PORT is that of serve
    const environment = flags.register === undefined ? {} : clientEnvironment(context.environment)
    const options = readOptions(OPTIONS, flags, environment)
    const { port, host, status, json } = options
    const extensions = [...new Set(options.register)]
    const received = (request: ReceivedRequest) =>
      context.out(json ? renderReceivedRequestJson(request) : `\n${renderReceivedRequest(request)}`)
    await probeAddress({ host, port })
    const { file, listener, closeForward } = startRecording(options, context)
    const server = createCatchServer(status, received, listener)
    try {
      await once(server.listen({ port, host }), 'listening')
    } catch (error) {
      throw explainListenError(error, { host, port })
    }
    const { port: bound } = server.address() as AddressInfo // a server that listens on a port has one
    const close = () => {
      server.close()
      server.closeAllConnections()
      closeForward()
      file?.close()
    }
    const exit = () => {
      if (!file || file.lost() === 0) return EXIT.ok
      context.err(`${file.lost()} webhooks are missing in ${file.path}.\n`)
      return EXIT.failure
    }
    if (extensions.length === 0) {
      const url = urlAt({ host }, bound, false)
      await runUntilStopped(context, async signal => {
        context.out(json ? renderJson({ ready: true, url }) : renderBanner(url, status))
        if (!signal.aborted) await once(signal, 'abort')
        close()
      })
      return exit()
    }
    return withClient(options, client =>
      runUntilStopped(context, async signal => {
        try {
          const url = await reachableUrl(host, bound, options.url)
          const registered = await registerEvents(client, extensions, `${url}/`).catch(error =>
            Promise.reject(inWordsOfOptions(error, OPTIONS, flags))
          )
          context.out(
            json ? renderJson({ ready: true, url, registered }) : renderRegistered(`${url}/`, extensions, status)
          )
          if (!signal.aborted) await once(signal, 'abort')
          const problem = await removeEvents(client, registered)
          if (problem !== undefined) context.err(`The events were not removed. ${problem}\n`)
          return exit()
        } finally {
          close()
        }
      })
    )
  }
}

/** Refuses options that name an emulator where none is needed. @throws OptionsInvalid */
function checkClientOptions(flags: Flags): void {
  if (flags.register !== undefined) return
  const given = Object.entries(CLIENT_OPTIONS).filter(([name]) => flags[name] !== undefined)
  if (given.length === 0) return
  throw new OptionsInvalid(given.map(([, { flag }]) => `--${flag} names an emulator: it needs --register <extension>.`))
}

/** The file of --record, and the listener that writes it and forwards; undefined where neither is done. */
function startRecording(
  { record, forward, status }: { record: string | undefined; forward: string | undefined; status: number },
  context: RunContext
) {
  if (record === undefined && forward === undefined) return { closeForward: () => {} }
  const report = (line: string) => context.err(`${line}\n`)
  const file = record === undefined ? undefined : createRecording(record, report)
  const to = forward === undefined ? undefined : new URL(forward)
  const { listener, close } = buildWebhookCatcher({ append: file?.append, forward: to, status, report })
  return { file, listener, closeForward: close }
}

/** A server that reports each request and answers it: with a status, or as a listener does. */
function createCatchServer(
  status: number,
  report: (request: ReceivedRequest) => void,
  listener?: RequestListener
): Server {
  return createServer(async (message, response) => {
    const reading = readReceivedRequest(message).catch(() => undefined) // the sender has disconnected
    listener?.(message, response)
    const request = await reading
    if (request === undefined) return
    report(request)
    if (listener === undefined) response.writeHead(status, { 'content-type': 'text/plain' }).end('OK')
  })
}

const renderRegistered = (url: string, extensions: readonly string[], status: number): string =>
  `Registered ${url} for every event type of ${extensions.join(', ')}.

Every request to it is printed here and answered with ${status}. Stop it with Ctrl+C: its events are removed then.
`

const renderBanner = (url: string, status: number): string => `Register this url: ${url}/

Every request to it is printed here and answered with ${status}. Stop it with Ctrl+C.
`
