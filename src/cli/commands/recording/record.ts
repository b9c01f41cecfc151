import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import Type from 'typebox'
import { SERVE_OPTIONS } from '../../../config.js'
import { isLoopback, urlAt } from '../../../domain/callbacks/host.js'
import type { Table } from '../../../option-table.js'
import { buildRecordingProxy, newProxyToken } from '../../../recording-proxy.js'
import { renderJson } from '../../client-options.js'
import type { Command } from '../../command.js'
import { OptionsInvalid, readOptions } from '../../options.js'
import { createRecordingIn, exitOfRecording } from '../../recordings/recording-file.js'
import { runUntilStopped } from '../../run-until-stopped.js'
import { explainListenError, probeAddress } from '../../serve/address.js'

const text = Type.String({ minLength: 1 })
const flag = Type.Boolean()

/** Which certificate of a PBX is accepted. */
export const UPSTREAM_TLS_OPTIONS = {
  upstreamCa: {
    flag: 'upstream-ca',
    placeholder: 'file',
    type: text,
    meaning: 'Certificate authority of the PBX, PEM.'
  },
  insecureUpstream: {
    flag: 'insecure-upstream',
    type: flag,
    default: false,
    meaning: 'Accept any certificate of the PBX.'
  }
} as const satisfies Table

const OPTIONS = {
  upstream: {
    flag: 'upstream',
    placeholder: 'url',
    type: text,
    required: true,
    check: url =>
      originOf(url) ? undefined : 'an http or https URL of scheme, host and port, such as https://pbx.example',
    meaning: 'PBX that requests are passed on to.'
  },
  out: {
    flag: 'out',
    placeholder: 'folder',
    type: text,
    default: 'recordings',
    meaning: 'Folder for the recording, a new file for each run; it is created.'
  },
  port: SERVE_OPTIONS.port,
  host: SERVE_OPTIONS.host,
  ...UPSTREAM_TLS_OPTIONS,
  timeout: {
    flag: 'timeout',
    placeholder: 'ms',
    type: Type.Integer({ minimum: 1, maximum: 3_600_000 }),
    default: 30_000,
    meaning: 'How long the PBX may be silent, in milliseconds.'
  },
  rewriteLinks: {
    flag: 'rewrite-links',
    type: flag,
    default: false,
    meaning: 'Make addresses of the PBX in JSON answers and Location lead to the proxy.'
  },
  readOnly: { flag: 'read-only', type: flag, default: false, meaning: 'Pass on GET only.' },
  all: {
    flag: 'all',
    type: flag,
    default: false,
    meaning: 'Pass on every method and path, not only those of the services that are emulated.'
  },
  token: {
    flag: 'token',
    placeholder: 'token',
    type: SERVE_OPTIONS.controlToken.type,
    secret: true,
    meaning:
      'Token that requests need in X-Emulator-Token, required unless --host is loopback; "none" for none. Default: generated.'
  },
  allowedHosts: {
    ...SERVE_OPTIONS.allowedHosts,
    meaning: 'Host name, or glob of names, to accept in the Host header besides local ones and --host.'
  },
  json: { flag: 'json', type: flag, default: false, meaning: 'Print one line of JSON when ready.' }
} as const satisfies Table

export const record: Command = {
  name: 'record',
  summary: 'Pass requests on to a real PBX, and record them',
  notes: [
    'Give a client the printed url in place of that of the PBX. Requests and answers pass unchanged, but for headers of the ' +
      'connection, and Host; each exchange becomes a line of the recording. Tokens, passwords, cookies and other secrets are ' +
      'replaced by pseudonyms before a line is written; numbers, names and notes are not.',
    'Off loopback, a request needs the token of the proxy in the header X-Emulator-Token, which is neither passed on nor ' +
      'recorded. Authorization stays that of the client.'
  ],
  examples: [
    'uapi-emulator record --upstream https://pbx.example',
    'uapi-emulator record --upstream https://pbx.example --rewrite-links --out session',
    'uapi-emulator record --upstream https://pbx.example --read-only --json'
  ],
  exits: {
    0: 'stopped',
    1: 'failure, or exchanges are missing in the recording',
    2: 'invalid options, the port is taken, or the recording cannot be created'
  },
  options: OPTIONS,

  async run(flags, context) {
    const options = readOptions(OPTIONS, flags, {})
    const { port, host, json, out, allowedHosts } = options
    const origin = originOf(options.upstream)
    if (origin === undefined) throw new OptionsInvalid(['--upstream is no URL.']) // checked by the table
    const { token, generated } = tokenOf(host, options.token)
    const ca = options.upstreamCa === undefined ? undefined : readCertificates(options.upstreamCa)
    await probeAddress({ host, port })
    const report = (line: string) => context.err(`${line}\n`)
    const file = createRecordingIn(out, new Date(), report)
    const { server, stop } = buildRecordingProxy({
      ...options,
      origin,
      ca,
      insecure: options.insecureUpstream,
      timeoutMs: options.timeout,
      allowedHosts: [...allowedHosts, host],
      token,
      tls: undefined,
      append: file.append,
      report
    })
    try {
      await once(server.listen({ port, host }), 'listening')
    } catch (error) {
      throw explainListenError(error, { host, port })
    }
    const { port: bound } = server.address() as AddressInfo // a server that listens on a port has one
    const ready = { url: urlAt({ host }, bound, false), upstream: origin.origin, file: file.path, token: generated }
    const recording = async (signal: AbortSignal) => {
      context.out(json ? renderJson({ ready: true, ...ready }) : renderBanner(ready))
      if (!signal.aborted) await once(signal, 'abort')
      await stop()
      file.close()
    }
    return exitOfRecording(() => runUntilStopped(context, recording))
  }
}

/** The origin of a URL that has nothing else; undefined for others. */
function originOf(url: string): URL | undefined {
  if (!URL.canParse(url)) return undefined
  const parsed = new URL(url)
  const isOrigin = /^https?:\/\/[^/?#@\\]+\/?$/i.test(url) && parsed.pathname === '/'
  return isOrigin ? parsed : undefined
}

/** The token that requests need, and the same one where it was generated and has to be shown. */
function tokenOf(
  host: string,
  given: string | undefined
): { token: string | undefined; generated: string | undefined } {
  if (given === 'none' || (given === undefined && isLoopback(host))) return { token: undefined, generated: undefined }
  const generated = given === undefined ? newProxyToken() : undefined
  return { token: given ?? generated, generated }
}

/** The certificates of the file of --upstream-ca, PEM. @throws OptionsInvalid when it cannot be read or has none */
export function readCertificates(file: string): string[] {
  let pem: string
  try {
    pem = readFileSync(file, 'utf8')
  } catch (error) {
    throw new OptionsInvalid([
      `--upstream-ca ${file}: the file cannot be read (${Reflect.get(Object(error), 'code')}).`
    ])
  }
  const found = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g)
  if (found === null) throw new OptionsInvalid([`--upstream-ca ${file}: the file has no certificate, PEM.`])
  return found
}

const renderBanner = (ready: { url: string; upstream: string; file: string; token: string | undefined }): string => {
  const facts: [string, string | undefined][] = [
    ['upstream', ready.upstream],
    ['recording', ready.file],
    ['token', ready.token && `${ready.token} (in the header X-Emulator-Token)`]
  ]
  const lines = facts.flatMap(([name, value]) => (value === undefined ? [] : `  ${name.padEnd(14)}${value}\n`))
  return `Give your client this url: ${ready.url}\n\n${lines.join('')}\nStop it with Ctrl+C.\n`
}
