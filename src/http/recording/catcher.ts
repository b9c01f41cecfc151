import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { judgeTarget } from '../../domain/recordings/known-services.js'
import type { RecordedFailure } from '../../schema/recordings/recording.js'
import { CapturedBody } from '../../service/recording/captured-body.js'
import { CLIENT_CLOSED, type PassedExchange, type Recorder } from '../../service/recording/recorder.js'
import type { Upstream } from '../../service/recording/upstream.js'
import { relay } from './relay.js'

/** Options for `createCatcher`. */
export interface CatcherOptions {
  /** Undefined to record nothing. */
  recorder: Recorder | undefined
  /** The application that webhooks are passed on to, and its address; undefined to answer them here. */
  forward: { upstream: Upstream; url: URL } | undefined
  /** Status of the answer to a webhook that is not passed on. */
  status: number
  /** A line about a webhook that could not be passed on. */
  report(line: string): void
}

/** Creates the listener that records webhooks, passes them on where an application is named, and answers them. */
export function createCatcher({ recorder, forward, status, report }: CatcherOptions): RequestListener {
  let webhooks = 0
  return (request, response) => {
    const number = ++webhooks
    const ended = (passed: Omit<PassedExchange, 'number'>): void => {
      const { at, ms, request, failure } = passed
      if (failure) report(`webhook ${number}: ${failure.code}. ${failure.message}`)
      recorder?.webhook({
        number,
        at,
        ms,
        request,
        status: failure?.code === CLIENT_CLOSED ? passed.response?.status : (passed.response?.status ?? status),
        failure
      })
    }
    const target = forward && targetBelow(forward.url, request.url ?? '')
    if (forward === undefined || target === undefined) {
      answerHere(request, response, status, forward && AMBIGUOUS, ended)
      return
    }
    const { upstream, url } = forward
    response.sendDate = false
    const refuse = () => answer(response, status)
    relay(request, response, { upstream, target, host: url.host, headers: request.rawHeaders, refuse, ended })
  }
}

const AMBIGUOUS: RecordedFailure = {
  code: 'path_ambiguous',
  message: 'A server could read the path of the webhook as another one: it was not passed on.'
}

/** The target of a webhook below the address of the application; undefined when it could lead elsewhere. */
function targetBelow(url: URL, sent: string): string | undefined {
  const judged = judgeTarget(sent, 'POST')
  return 'refusal' in judged ? undefined : url.pathname.replace(/\/$/, '') + judged.path
}

function answerHere(
  incoming: IncomingMessage,
  response: ServerResponse,
  status: number,
  failure: RecordedFailure | undefined,
  ended: (passed: Omit<PassedExchange, 'number'>) => void
): void {
  const [at, began] = [new Date(), performance.now()]
  const { method = '', url: target = '', rawHeaders: headers } = incoming
  const request = { method, target, headers, body: new CapturedBody() }
  incoming.on('data', (chunk: Buffer) => request.body.add(chunk))
  incoming.on('end', () => {
    answer(response, status)
    ended({ at, ms: performance.now() - began, request, failure })
  })
  incoming.on('close', () => {
    if (!incoming.complete) ended({ at, ms: performance.now() - began, request, failure: CUT })
  })
}

const CUT: RecordedFailure = {
  code: CLIENT_CLOSED,
  message: 'The sender closed the connection before the end of the webhook.'
}

const answer = (response: ServerResponse, status: number): void => {
  response.sendDate = true
  response.writeHead(status, { 'content-type': 'text/plain' }).end('OK')
}
