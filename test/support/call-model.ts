/**
 * A model of calls, written from the tables of call-events.md §1 to §3 and of decision 0015, without the tested code:
 * which moments a request of a call fires, on which legs, when, and with which parameters.
 */

/** An extension of the directory of a test. */
export interface ModelExtension {
  number: string
  kind: string
  name?: string
  publicNumber?: string
}

/** The settings that change a webhook. */
export interface ModelSettings {
  absentParameters: 'omit' | 'empty'
  callFlowCase: 'lower' | 'upper'
  hangupStatus: 'cause' | 'unknown' | 'hangup'
}

type Outcome = keyof typeof STATUS

/** A step of a script, as it is sent. */
export interface ModelStep {
  afterMs?: number
  ring?: string | string[]
  via?: string
  answer?: string
  reject?: string
  transfer?: { from: string; to: string; kind: 'blind' | 'attended' }
  complete?: string
  hangup?: string
  outcome?: Outcome
}

/** The request of a call, as it is sent. */
export interface ModelRequest {
  from?: string
  to: string | string[]
  outcome?: Outcome
  ringMs?: number
  talkMs?: number
  answeredBy?: string
  steps?: ModelStep[]
  callerName?: string
  callerNumber?: string
  dialled?: string
  calledDid?: string
}

/** A moment of a leg: `at` in milliseconds after the call was placed, and the parameters in their order. */
export interface ModelMoment {
  at: number
  leg: number
  extension: string
  moment: string
  callStatus: string
  callFlow: string
  parameters: [name: string, value: string][]
}

/** A leg of the model. */
export interface ModelLeg {
  number: string
  extension?: string
  direction: 'in' | 'out'
  state: 'ringing' | 'answered' | 'ended'
  via?: string
}

/** The expected call: its legs and moments, or the index of the step that can never happen. */
export type Expected = { legs: ModelLeg[]; moments: ModelMoment[] } | { refused: number; why: string }

interface Party {
  number: string
  extension?: ModelExtension
}

interface Leg extends ModelLeg {
  index: number
  /** The leg that placed it. */
  placedBy?: Leg
  /** What its party transfers: the leg that the new party is for. */
  transfer?: 'blind' | 'attended'
  /** The first leg of the extension that transfers. */
  first?: Leg
  wasAnswered: boolean
  party: Party
  viaLeg?: Leg
  sent: Record<'num' | 'name' | 'did' | 'calledExt' | 'callerExt' | 'called', string>
}

const STATUS = {
  answered: 'ANSWER',
  busy: 'BUSY',
  noAnswer: 'NOANSWER',
  cancelled: 'CANCEL',
  congestion: 'CONGESTION',
  unavailable: 'CHANUNAVAIL'
} as const

class Impossible extends Error {}

const never = (why: string): never => {
  throw new Impossible(why)
}

/** Plays a request: the moments that the tables promise. */
export function expectCall(
  request: ModelRequest,
  directory: readonly ModelExtension[],
  settings: ModelSettings = { absentParameters: 'omit', callFlowCase: 'lower', hangupStatus: 'cause' }
): Expected {
  const call = new ModelCall(request, directory, settings)
  call.place()
  const steps = request.steps ?? call.stepsOfOutcome()
  for (const [index, step] of steps.entries()) {
    try {
      call.step(step, steps[index + 1])
    } catch (error) {
      if (error instanceof Impossible) return { refused: index, why: error.message }
      throw error
    }
  }
  return { legs: call.printLegs(), moments: call.moments }
}

/** The state of a call in the model. */
export class ModelCall {
  readonly legs: Leg[] = []
  readonly moments: ModelMoment[] = []
  now = 0
  /** The leg whose call it is: that of the caller, and when that transfers it, the one that it talked with. */
  private principal!: Leg

  constructor(
    readonly request: ModelRequest,
    readonly directory: readonly ModelExtension[],
    readonly settings: ModelSettings
  ) {}

  // ── Placing ──

  place(): void {
    const { request } = this
    const caller = this.find(request.from ?? '', [request.to].flat()[0])
    const called = [request.to].flat().map(number => this.find(number, request.from))
    const first = called[0] ?? never('nobody is called')
    const cameBy = this.cameBy(first)
    const a = this.addLeg(caller, 'out', {
      ...this.callerIds(caller, request),
      callerExt: caller.extension?.number ?? '',
      calledExt: first.extension?.number ?? '',
      called: request.dialled ?? first.number,
      did: cameBy ?? this.ownDid(first)
    })
    this.principal = a
    const { outcome } = request
    this.fire(a, 'dialOut', 'CALLING')
    const legs = called.map(party =>
      this.addCalled(party, a, {
        ...a.sent,
        calledExt: party.extension?.number ?? '',
        called: a.sent.called,
        did: cameBy ?? this.ownDid(party)
      })
    )
    if (outcome !== 'congestion' && outcome !== 'unavailable') this.reach(legs, request.steps !== undefined)
  }

  /** The steps that an outcome stands for. */
  stepsOfOutcome(): ModelStep[] {
    const { outcome = 'answered', ringMs = 0, talkMs = 0, answeredBy, to } = this.request
    const first = [to].flat()[0] ?? ''
    if (outcome === 'congestion' || outcome === 'unavailable') return [{ hangup: 'all', outcome }]
    if (outcome !== 'answered') return [{ afterMs: ringMs, hangup: 'all', outcome }]
    return [
      { afterMs: ringMs, answer: answeredBy ?? first },
      { afterMs: talkMs, hangup: 'all' }
    ]
  }

  // ── Verbs ──

  /** Performs a step. @param next the step after it @throws Impossible */
  step(step: ModelStep, next?: ModelStep): void {
    if (this.live().length === 0) never('nobody is left')
    const at = this.now + (step.afterMs ?? 0)
    const rings = next?.ring !== undefined
    const before = this.now
    this.now = at
    try {
      if (step.ring !== undefined) this.ring([step.ring].flat(), step.via)
      else if (step.answer !== undefined) this.answer(this.called(step.answer, 'ringing'))
      else if (step.reject !== undefined)
        this.end(this.called(step.reject, 'ringing'), step.outcome ?? 'noAnswer', rings)
      else if (step.transfer !== undefined) this.transfer(step.transfer)
      else if (step.complete !== undefined) this.complete(step.complete)
      else if (step.hangup !== undefined) this.hangup(step.hangup, step.outcome, rings)
    } catch (error) {
      this.now = before
      throw error
    }
  }

  private ring(numbers: string[], via: string | undefined): void {
    const queue = via === undefined ? undefined : this.newest(via)
    if (queue !== undefined && !(goesOnBehind(queue.party) && queue.direction === 'in')) never('not an IVR or queue')
    const pending = this.live().findLast(leg => leg.transfer !== undefined && leg.state === 'ringing')
    const by = queue?.placedBy ?? pending ?? this.legs[0] ?? never('no caller')
    if (by.state === 'ended') never('the caller has left')
    if (pending?.transfer === 'blind' && pending !== by) never('the call is being transferred')
    if (this.partnersOf(by).some(({ party }) => !goesOnBehind(party))) never('the caller talks: transfer it')
    if (this.legs.length + numbers.length > 101) never('too many legs')
    const parties = numbers.map(number => this.find(number))
    if (new Set(parties.map(nameOf)).size < parties.length) never('one twice')
    if (parties.some(party => this.legOf(party) !== undefined)) never('it is in the call')
    const did = queue?.sent.did ?? this.legs.find(leg => leg.placedBy === by)?.sent.did
    const legs = parties.map(party => {
      const extension = party.extension?.number ?? ''
      const leg = this.addCalled(party, by, {
        ...by.sent,
        did: did ?? '',
        calledExt: extension,
        called: queue && extension ? extension : party.number,
        ...(queue && { callerExt: queue.extension ?? '' })
      })
      if (queue?.extension !== undefined) Object.assign(leg, { viaLeg: queue, via: queue.extension })
      return leg
    })
    this.reach(legs, true)
  }

  private reach(legs: Leg[], isWithinCall: boolean): void {
    for (const leg of legs) this.fire(leg, 'dialIn', 'CALLING')
    const conference = legs.find(({ party }) => party.extension?.kind === 'conference')
    if (isWithinCall && conference !== undefined) this.answer(conference)
  }

  private answer(leg: Leg): void {
    leg.state = 'answered'
    leg.wasAnswered = true
    if (leg.party.extension?.kind !== 'ivr') this.fire(leg, 'answerIncoming', 'ANSWER')
    for (let via = leg.viaLeg; via !== undefined; via = via.viaLeg) {
      if (via.state !== 'ringing') continue
      via.state = 'answered'
      via.wasAnswered = true
      if (via.party.extension?.kind === 'queue') this.fire(via, 'answerIncoming', 'ANSWER')
    }
    const by = leg.placedBy ?? never('nobody called it')
    if (by.state === 'ringing') {
      by.state = 'answered'
      by.wasAnswered = true
      this.fire(by, 'answerOutgoing', 'ANSWER')
    }
    this.hangUpAll(
      this.live().filter(other => other.placedBy === by && other.state === 'ringing'),
      'cancelled'
    )
    if (by.transfer === 'blind') this.hangUp(by, 'answered')
  }

  private transfer({ from, to, kind }: NonNullable<ModelStep['transfer']>): void {
    const first = this.newest(from)
    if (first.state !== 'answered') never('it has not answered')
    if (first.transfer !== undefined) never('it transfers already')
    const b = first.party.extension ?? never('an outside party transfers nothing')
    if (goesOnBehind(first.party)) never('an IVR or queue never dials out')
    const c = this.find(to)
    const partner = this.partnersOf(first).at(-1) ?? never('it talks with nobody of the call')
    if (this.legOf(c) !== undefined) never('it is in the call, or is itself')
    if (this.legs.length + 2 > 101) never('too many legs')
    if (kind === 'blind') this.leaveTo(first, partner)
    const ids = {
      ...this.callerIds(first.party, {}),
      callerExt: b.number,
      calledExt: c.extension?.number ?? '',
      called: to,
      did: this.ownDid(c)
    }
    const second = this.addLeg({ ...first.party, number: from }, 'out', ids)
    Object.assign(second, { transfer: kind, first })
    this.fire(second, 'dialOut', 'CALLING')
    this.reach([this.addCalled(c, second, ids)], true)
  }

  private complete(extension: string): void {
    const second = this.newest(extension)
    const { first } = second
    if (second.state !== 'answered' || second.transfer !== 'attended' || first === undefined) {
      throw new Impossible('no attended transfer that was answered')
    }
    const partner = this.partnersOf(first).at(-1) ?? never('nobody is left to transfer')
    this.leaveTo(first, partner)
    this.hangUp(second, 'answered')
  }

  private hangup(number: string, outcome: ModelStep['outcome'], rings: boolean): void {
    const leg = number === 'all' ? undefined : this.newest(number)
    const answered = leg === undefined ? this.legs.some(({ wasAnswered }) => wasAnswered) : leg.state === 'answered'
    if (outcome !== undefined && (outcome === 'answered') !== answered) never('the outcome does not fit')
    const ending = outcome ?? (answered ? 'answered' : 'cancelled')
    if (leg === undefined) this.endAll(ending)
    else this.end(leg, ending, rings)
  }

  /** Ends a leg, and with it what cannot go on without it. @param rings whether somebody is rung next */
  private end(leg: Leg, outcome: Outcome, rings: boolean): void {
    const isBehind = (one: Leg): boolean =>
      one === leg || one.placedBy === leg || (one.viaLeg !== undefined && isBehind(one.viaLeg))
    const leaving = this.live().filter(isBehind)
    if (leaving.includes(this.principal)) {
      this.endAll(outcome)
      return
    }
    this.hangUpAll(leaving, outcome)
    const by = leg.placedBy
    if (by !== undefined && (rings || this.live().some(one => one.placedBy === by && this.keeps(one)))) return
    const failed =
      leg.transfer !== undefined ? leg : by?.transfer !== undefined && by.state !== 'ended' ? by : undefined
    if (failed !== undefined) {
      if (failed.state !== 'ended') this.hangUp(failed, outcome)
      if (failed.transfer === 'blind') this.hangUp(this.principal, outcome, false)
    }
    const isAlone = !this.live().some(one => one !== this.principal && this.keeps(one))
    if (isAlone || this.principal.state === 'ended') this.endAll(outcome)
  }

  private endAll(outcome: Outcome): void {
    this.hangUpAll(this.live(), outcome)
  }

  /** Legs in their order, called IVRs and queues last, the innermost first. */
  private hangUpAll(legs: Leg[], outcome: Outcome): void {
    const isLast = ({ party, direction }: Leg) => goesOnBehind(party) && direction === 'in'
    for (const leg of legs.filter(one => !isLast(one))) this.hangUp(leg, outcome)
    for (const leg of legs.filter(isLast).reverse()) this.hangUp(leg, outcome)
  }

  private hangUp(leg: Leg, outcome: Outcome, wasAnswered = leg.wasAnswered): void {
    const isMissed = leg.party.extension?.kind === 'queue' && this.legs.some(({ viaLeg }) => viaLeg === leg)
    const unanswered = isMissed ? 'noAnswer' : outcome === 'answered' ? 'cancelled' : outcome
    leg.state = 'ended'
    this.fire(leg, 'hangup', wasAnswered ? this.answeredStatus() : STATUS[unanswered])
  }

  /** An extension leaves the call to the one it talks with. */
  private leaveTo(first: Leg, partner: Leg): void {
    if (this.principal === first) this.principal = partner
    this.hangUp(first, 'answered')
  }

  /** The answered legs that a leg talks with: the principal of the call, or those that the principal talks with. */
  private partnersOf(leg: Leg): Leg[] {
    const { principal } = this
    const isConsulted = ({ placedBy }: Leg) => placedBy?.transfer !== undefined && placedBy.state !== 'ended'
    if (leg.transfer !== undefined) return this.live().filter(one => one.placedBy === leg && one.state === 'answered')
    if (leg.state === 'ended' || isConsulted(leg)) return []
    if (leg !== principal) return principal.state === 'ended' ? [] : [principal]
    return this.live().filter(one => one !== leg && one.state === 'answered' && !isConsulted(one) && this.keeps(one))
  }

  /** Whether a called leg keeps the caller in the call: not an IVR or queue that somebody behind has answered. */
  private keeps(leg: Leg): boolean {
    if (leg.state === 'ended' || leg.direction === 'out') return false
    return !goesOnBehind(leg.party) || !this.legs.some(({ viaLeg, wasAnswered }) => viaLeg === leg && wasAnswered)
  }

  // ── Moments and parameters ──

  private answeredStatus(): string {
    return { cause: 'ANSWER', unknown: 'UNKNOWN', hangup: 'HANGUP' }[this.settings.hangupStatus]
  }

  private fire(leg: Leg, moment: string, callStatus: string): void {
    const { sent, direction, index, extension } = leg
    if (extension === undefined) return
    const flow = this.settings.callFlowCase === 'upper' ? direction.toUpperCase() : direction
    const omits = this.settings.absentParameters === 'omit'
    const absent = (name: string) =>
      omits &&
      ((name === 'CalledNumber' && moment === 'dialIn') ||
        (name === 'CalledExtension' && direction === 'out' && sent.calledExt === ''))
    const all: [string, string][] = [
      ['CallerIDNum', sent.num],
      ['CallerIDName', sent.name],
      ['CalledDID', sent.did],
      ['CalledExtension', sent.calledExt],
      ['CallStatus', callStatus],
      ['CallFlow', flow],
      ['CallerExtension', sent.callerExt],
      ['CalledNumber', sent.called]
    ]
    const parameters = all.filter(([name]) => !absent(name))
    this.moments.push({ at: this.now, leg: index, extension, moment, callStatus, callFlow: flow, parameters })
  }

  private callerIds(party: Party, { callerName, callerNumber }: Partial<ModelRequest>) {
    const { extension, number } = party
    const num = callerNumber ?? extension?.number ?? number
    const own = extension ? (extension.name ?? extension.number.split('*')[1] ?? '') : bare(num)
    return { num, name: callerName ?? own }
  }

  /** The public number that the call came by, if any. */
  private cameBy(first: Party): string | undefined {
    const { calledDid, dialled = first.number } = this.request
    if (calledDid !== undefined) return bare(calledDid)
    return this.directory.some(({ publicNumber }) => publicNumber === dialled) ? bare(dialled) : undefined
  }

  private ownDid = ({ extension }: Party): string => bare(extension?.publicNumber ?? '')

  // ── Legs ──

  live(): Leg[] {
    return this.legs.filter(({ state }) => state !== 'ended')
  }

  printLegs(): ModelLeg[] {
    return this.legs.map(({ number, extension, direction, state, via }) => ({
      number,
      ...(extension !== undefined && { extension }),
      direction,
      state,
      ...(via !== undefined && { via })
    }))
  }

  /** The newest live leg of a party. */
  private legOf = (party: Party): Leg | undefined => this.live().findLast(leg => nameOf(leg.party) === nameOf(party))

  private newest(number: string): Leg {
    return this.legOf(this.find(number)) ?? never(`${number} has no live leg`)
  }

  private called(number: string, state: Leg['state']): Leg {
    const leg = this.newest(number)
    return leg.state === state && leg.direction === 'in' ? leg : never(`${number} is not called and ${state}`)
  }

  /** Short numbers are those in the organization of another number, by default that of the first extension. */
  private find(number: string, other = this.legs.find(({ extension }) => extension)?.extension ?? ''): Party {
    const [organization = ''] = other.split('*')
    const extension = this.directory.find(
      one => one.number === number || one.number === `${organization}*${number}` || one.publicNumber === number
    )
    return { number, ...(extension !== undefined && { extension }) }
  }

  private addCalled(party: Party, placedBy: Leg, sent: Leg['sent']): Leg {
    return Object.assign(this.addLeg(party, 'in', sent), { placedBy })
  }

  private addLeg(party: Party, direction: 'in' | 'out', sent: Leg['sent']): Leg {
    const leg: Leg = {
      index: this.legs.length,
      number: party.number,
      ...(party.extension !== undefined && { extension: party.extension.number }),
      direction,
      state: 'ringing',
      wasAnswered: false,
      party,
      sent: { ...sent }
    }
    this.legs.push(leg)
    return leg
  }
}

const bare = (number: string): string => number.replace(/^\+/, '')

const goesOnBehind = ({ extension }: Party): boolean => extension?.kind === 'ivr' || extension?.kind === 'queue'

const nameOf = ({ extension, number }: Party): string => extension?.number ?? number
