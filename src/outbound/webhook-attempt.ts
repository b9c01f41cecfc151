import { setMaxListeners } from 'node:events'
import type { Agent } from 'node:http'
import type { Socket } from 'node:net'
import type { CallbackRewrite } from '../domain/callbacks/policy.js'
import type { Failure, WebhookRequest } from '../schema/delivery.js'
import type { Outcome } from '../service/deliveries/outcome.js'
import { answerTimedOut } from './answer-failures.js'
import type { Connect } from './connect.js'
import { connectTimedOut, unexpected } from './connect-failures.js'
import { type Exchange, type Exchanged, startExchange } from './exchange.js'
import type { KeptConnections } from './kept-connections.js'
import { parseTarget, type Target } from './target.js'

/** What all flights share. */
export interface Means {
  rewrites: readonly CallbackRewrite[]
  connect: Connect
  kept: KeptConnections
  agent: Agent
  /** The time for everything, in milliseconds. */
  totalMs: number
  /** Hears of what should not have happened. */
  report: (failure: Failure) => void
}

/** A webhook on its way, from its url to its outcome. */
export class Flight {
  private readonly startedAt = performance.now()
  private timer: NodeJS.Timeout | undefined
  private exchange: Exchange | undefined
  private stopConnecting: (() => void) | undefined
  /** How often it was sent. */
  private count = 0
  private isOver = false

  constructor(
    private readonly webhook: WebhookRequest,
    private readonly signal: AbortSignal,
    private readonly means: Means,
    private readonly done: (outcome: Outcome) => void
  ) {}

  start(): void {
    const { signal, webhook, means } = this
    const target = parseTarget(webhook.url, means.rewrites)
    if (signal.aborted) this.finish({ kind: 'interrupted' })
    else if (target) this.launch(target)
    else this.finish({ kind: 'failed', failure: URL_INVALID })
  }

  /** The signal says that it is over. */
  handleEvent(): void {
    this.finish({ kind: 'interrupted' })
  }

  private launch(target: Target): void {
    const { signal, means } = this
    this.timer = setTimeout(() => this.onTime(target), means.totalMs)
    setMaxListeners(0, signal) // all that are in flight share it
    signal.addEventListener('abort', this)
    const socket = means.kept.take(target.key)
    if (socket) this.ask(target, socket, true)
    else this.connect(target)
  }

  private connect(target: Target): void {
    this.stopConnecting = this.means.connect(target, result => {
      this.stopConnecting = undefined
      if (result.kind === 'connected') {
        this.means.kept.adopt(target.key, result.socket)
        this.ask(target, result.socket, false)
      } else this.finish(this.count > 0 ? { ...result, kind: 'failed' } : result)
    })
  }

  private ask(target: Target, socket: Socket, isKept: boolean): void {
    const { webhook, means } = this
    const done = (result: Exchanged): void => {
      if (isKept && result.isUnheard) this.resend(target)
      else this.conclude(result)
    }
    this.count++
    try {
      this.exchange = startExchange({ webhook, target, socket, agent: means.agent, done })
    } catch (error) {
      socket.destroy()
      this.conclude({ failure: unexpected(error, 'Sending it') })
    }
  }

  private resend(target: Target): void {
    this.exchange = undefined
    this.means.kept.drop(target.key) // the others are likely to be gone, too
    this.connect(target)
  }

  private onTime(target: Target): void {
    const { totalMs } = this.means
    const response = this.exchange?.answer?.toResponse()
    const failure = this.exchange
      ? answerTimedOut(target, totalMs, response?.status)
      : connectTimedOut(target, 'connect', totalMs, '--callback-total-ms')
    this.conclude({ response, failure })
  }

  private conclude({ response, failure }: Exchanged): void {
    if (failure) this.finish({ kind: 'failed', failure, ...(response && { response }) })
    else if (response) this.finish({ kind: 'answered', response })
  }

  private finish(outcome: Unmeasured): void {
    if (this.isOver) return
    this.isOver = true
    clearTimeout(this.timer)
    this.signal.removeEventListener('abort', this)
    this.stopConnecting?.()
    this.exchange?.abandon()
    const ms = Math.round((performance.now() - this.startedAt) * 10) / 10
    if ('failure' in outcome && outcome.failure.reason === 'unexpected') this.means.report(outcome.failure)
    const isAsked = outcome.kind !== 'blocked'
    this.done({ ...outcome, ms, ...(isAsked && this.count > 1 && { resent: true }) })
  }
}

/** An outcome before it is known how long it took. */
type Unmeasured = Outcome extends infer O ? (O extends Outcome ? Omit<O, 'ms' | 'resent'> : never) : never

const URL_INVALID: Failure = {
  reason: 'url_invalid',
  message: 'The url of the event names no host and port that can be connected to.',
  hint: 'Correct it: http://host:port/path, in visible ASCII.'
}
