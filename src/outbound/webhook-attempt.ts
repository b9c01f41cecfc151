import type { Agent } from 'node:http'
import type { Socket } from 'node:net'
import type { CatchAddress } from '../domain/callbacks/catch-address.js'
import type { CallbackRewrite } from '../domain/callbacks/policy.js'
import type { Failure, WebhookRequest } from '../schema/calls/delivery.js'
import type { EndSignal } from '../service/deliveries/ending.js'
import { MADE_ROOM, type Outcome } from '../service/deliveries/outcome.js'
import type { CatchAddresses } from './catch-addresses.js'
import type { Connect, ConnectResult } from './connect.js'
import { connectTimedOut, unexpected } from './connect-failures.js'
import type { ConnectionPool } from './connection-pool.js'
import { type Exchange, type ExchangeResult, startExchange } from './exchange.js'
import { connectionLost, endedEarly, responseTimedOut } from './response-failures.js'
import { parseTarget, type Target } from './target.js'

/** The options and connections that all attempts share. */
export interface AttemptContext {
  rewrites: readonly CallbackRewrite[]
  catchAddresses: CatchAddresses
  connect: Connect
  pool: ConnectionPool
  agent: Agent
  /** The time limit of the whole attempt, in milliseconds. */
  totalMs: number
  /** Called with failures that are bugs of the emulator. */
  report: (failure: Failure) => void
}

/**
 * One attempt to send a webhook, from its url to its outcome. The request is sent once at most. `done` is called once.
 * @source call-events.md §2 "The request"
 * @assumed 0016
 */
export class WebhookAttempt {
  private readonly startedAt = performance.now()
  private timer: NodeJS.Timeout | undefined
  private exchange: Exchange | undefined
  private stopConnecting: (() => void) | undefined
  private target: Target | undefined
  private isOver = false

  constructor(
    private readonly webhook: WebhookRequest,
    private readonly signal: EndSignal,
    private readonly context: AttemptContext,
    private readonly done: (outcome: Outcome) => void
  ) {}

  start(): void {
    const { signal, webhook, context } = this
    const target = parseTarget(webhook.url, context.rewrites)
    if (signal.aborted) this.finish({ kind: 'interrupted' })
    else if (target) this.begin(target)
    else this.finish({ kind: 'failed', failure: URL_INVALID })
  }

  /** Listens to the signal: the attempt is interrupted, or ended for the sake of other receivers. */
  handleEvent(): void {
    if (this.signal.reason !== MADE_ROOM || this.target === undefined) this.finish({ kind: 'interrupted' })
    else this.conclude({ response: this.exchange?.response?.toResponse(), failure: this.gaveUp(this.target) })
  }

  private gaveUp(target: Target): Failure {
    return endedEarly(target, Math.round(performance.now() - this.startedAt), this.exchange !== undefined)
  }

  private begin(target: Target): void {
    const { signal, context } = this
    const caught = context.catchAddresses.find(target)
    if (caught) {
      this.sendInProcess(caught, target)
      return
    }
    this.target = target
    this.timer = setTimeout(() => this.onTimeout(target), context.totalMs).unref()
    signal.addEventListener('abort', this)
    const socket = context.pool.take(target.key)
    if (socket) this.send(target, socket, true)
    else this.connect(target)
  }

  private connect(target: Target): void {
    this.stopConnecting = this.context.connect(target, result => {
      this.stopConnecting = undefined
      if (result.kind === 'connected') {
        this.context.pool.add(target.key, result.socket)
        this.send(target, result.socket, false)
      } else if (result.kind === 'blocked') this.refuse(target, result)
      else this.finish(result)
    })
  }

  /** Blocks the webhook, unless its host has turned out to be this emulator, and its url to be a catch address. */
  private refuse(target: Target, { kind, failure }: ConnectResult & { kind: 'blocked' }): void {
    const { catchAddresses } = this.context
    const isOwn = failure.reason === 'own_listener'
    const caught = isOwn ? catchAddresses.findRefused(target) : undefined
    if (caught) this.sendInProcess(caught, target)
    else this.finish({ kind, failure: isOwn ? catchAddresses.explain(failure, target) : failure })
  }

  private sendInProcess(caught: CatchAddress, target: Target): void {
    this.conclude(this.context.catchAddresses.sendInProcess(caught, this.webhook, target))
  }

  private send(target: Target, socket: Socket, isReused: boolean): void {
    const { webhook, context } = this
    const done = (result: ExchangeResult): void => {
      if (isReused && result.isLost) this.lose(target)
      else this.conclude(result)
    }
    try {
      this.exchange = startExchange({ webhook, target, socket, agent: context.agent, done })
    } catch (error) {
      socket.destroy()
      this.conclude({ failure: unexpected(error, 'Sending the webhook') })
    }
  }

  /** Fails the attempt: the receiver may have handled the request, so that it must not be sent again. */
  private lose(target: Target): void {
    this.context.pool.discard(target.key) // the other idle connections are likely to be closed, too
    this.finish({ kind: 'failed', failure: connectionLost(target), connectionReused: true })
  }

  private onTimeout(target: Target): void {
    const { totalMs } = this.context
    const response = this.exchange?.response?.toResponse()
    const failure = this.exchange
      ? responseTimedOut(target, totalMs, response?.status)
      : connectTimedOut(target, 'connect', totalMs, '--callback-total-ms')
    this.conclude({ response, failure })
  }

  private conclude({ response, failure }: ExchangeResult): void {
    if (failure) this.finish({ kind: 'failed', failure, ...(response && { response }) })
    else if (response) this.finish({ kind: 'answered', response })
  }

  private finish(outcome: UntimedOutcome): void {
    if (this.isOver) return
    this.isOver = true
    clearTimeout(this.timer)
    this.signal.removeEventListener('abort', this)
    this.stopConnecting?.()
    this.exchange?.abort()
    const ms = Math.round((performance.now() - this.startedAt) * 10) / 10
    if ('failure' in outcome && outcome.failure.reason === 'unexpected') this.context.report(outcome.failure)
    this.done({ ...outcome, ms })
  }
}

/** An outcome without its duration. */
type UntimedOutcome = Outcome extends infer O ? (O extends Outcome ? Omit<O, 'ms'> : never) : never

const URL_INVALID: Failure = {
  reason: 'url_invalid',
  message: 'The url of the event has no host and port that the emulator can connect to.',
  hint: 'Correct it: http://host:port/path, in visible ASCII.'
}
