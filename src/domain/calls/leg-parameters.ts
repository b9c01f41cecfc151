import { extensionOf, type Party } from './party.js'

/** The parameters of a webhook that describe its leg; unknown ones are sent empty. @source call-events.md §2 (recorded) */
export interface LegParameters {
  callerIdNum: string
  callerIdName: string
  callerExtension: string
  calledExtension: string
  calledNumber: string
  calledDid: string
}

/** The identity of the caller and of the call, as a request may set them. */
export interface CallIdentity {
  callerNumber?: string | undefined
  callerName?: string | undefined
  /** The number as it was dialled. */
  dialled: string
  /** The public number that the call came by; empty when there was none. */
  did: string
}

/**
 * The parameters of the leg that places a call: CallerIDNum of an extension is its extended number.
 * @param called the party that it calls, the first of several
 * @source call-events.md §2 (recorded)
 * @assumed 0015
 */
export const parametersOfCaller = (
  caller: Party,
  called: Party,
  { callerNumber, callerName, dialled, did }: CallIdentity
): LegParameters => ({
  callerIdNum: callerNumber ?? extensionOf(caller) ?? caller.written,
  callerIdName: callerName ?? nameOf(caller, callerNumber),
  callerExtension: extensionOf(caller) ?? '',
  calledExtension: extensionOf(called) ?? '',
  calledNumber: dialled,
  calledDid: did
})

/**
 * The parameters of the leg of a called party. Behind an IVR or queue, CallerExtension is the IVR or queue.
 * @param caller those of the leg that calls it @param via the extended number of the IVR or queue before it
 * @param did undefined for the party's own public number
 * @source call-events.md §2, §3
 * @assumed 0021
 */
export const parametersOfCalled = (
  called: Party,
  {
    caller,
    via,
    did,
    dialled = called.written
  }: {
    caller: LegParameters
    via?: string | undefined
    did?: string | undefined
    dialled?: string | undefined
  }
): LegParameters => ({
  callerIdNum: caller.callerIdNum,
  callerIdName: caller.callerIdName,
  callerExtension: via ?? caller.callerExtension,
  calledExtension: extensionOf(called) ?? '',
  calledNumber: via === undefined ? dialled : (extensionOf(called) ?? called.written),
  calledDid: did ?? publicNumberOf(called)
})

/** The parameters of the second leg of an extension that transfers its call. @source call-events.md §3 @assumed 0021 */
export const parametersOfTransfer = (from: Party, to: Party): LegParameters =>
  parametersOfCaller(from, to, { dialled: to.written, did: publicNumberOf(to) })

/**
 * CalledDID: the public number that an extension was called by, or else its first one, without the +. Empty for an outside
 * party, and for an extension without one.
 * @source call-events.md §2 (recorded)
 */
export const publicNumberOf = (called: Party): string =>
  called.kind === 'extension' ? withoutPlus(called.publicNumber ?? called.extension.publicNumber ?? '') : ''

/** A number without its +, as in CalledDID and in the CallerIDName of an outside caller. */
export const withoutPlus = (number: string): string => number.replace(/^\+/, '')

/**
 * CallerIDName by default: of an extension its name in the directory, or else its short number; of an outside caller the
 * number without its +.
 * @source call-events.md §2 (recorded)
 */
const nameOf = (caller: Party, callerNumber = caller.written): string =>
  caller.kind === 'outside'
    ? withoutPlus(callerNumber)
    : (caller.extension.name ?? caller.extension.number.slice(caller.extension.number.indexOf('*') + 1))
