import type { Failure } from '../../schema/calls/delivery.js'
import { matchesHost, parseHost } from './host.js'
import {
  type AddressClass,
  type Cidr,
  classOf,
  contains,
  type IpAddress,
  isSingle,
  isWithin,
  parseCidr,
  parseIpAddress
} from './ip-address.js'

/** The policies for webhooks, and the addresses that each allows. @source call-events.md §4 */
export const CALLBACK_MODES = {
  private: 'allows only loopback, RFC 1918 and unique-local ones',
  loopback: 'allows only loopback ones',
  any: 'allows every one that is not special',
  none: 'allows none',
  list: 'allows only what --allow-callback names'
} as const

/** The name of a policy. */
export type CallbackMode = keyof typeof CALLBACK_MODES

/** The names of the policies. */
export const CALLBACK_MODE_NAMES = Object.keys(CALLBACK_MODES) as [CallbackMode, ...CallbackMode[]] // of a const table

/** A policy, the rules that allow more than it does, and the rules that deny, which take precedence. */
export interface CallbackPolicy {
  mode: CallbackMode
  allow: CallbackRule[]
  deny: CallbackRule[]
}

/** A range of addresses, or a pattern of hosts. `text` is the rule as the operator wrote it. */
export type CallbackRule = { text: string; range: Cidr } | { text: string; pattern: string }

/** The destination of a webhook: the host, as `parseHost` gives it, the port, and all addresses of the host. */
export interface CallbackTarget extends HostAndPort {
  addresses: readonly string[]
}

/** A host as `parseHost` gives it, and a port. */
export interface HostAndPort {
  host: string
  port: number
}

/** A listener of the emulator itself: by address, or by a name that resolves to it. */
export type OwnListener = { range: Cidr; port: number } | HostAndPort

/** Why a webhook is blocked. The message names the address, the hint the flag that allows it. */
export interface CallbackRefusal extends Failure {
  reason: 'blocked_by_policy' | 'own_listener'
  hint: string
}

/**
 * Checks the destination of a webhook against a policy. Every address must pass: one that is refused blocks the
 * webhook. Without addresses, checks whether the host may be resolved at all.
 * @returns undefined when the webhook is allowed
 * @source call-events.md §4
 * @assumed 0018
 */
export function checkCallback(
  policy: CallbackPolicy,
  target: CallbackTarget,
  own: readonly OwnListener[] = []
): CallbackRefusal | undefined {
  const { mode, deny } = policy
  if (mode === 'none') return blocked('--callbacks none sends no webhooks.', 'without --callbacks none')
  const denied = deny.find(rule => 'pattern' in rule && matchesHost(rule.pattern, target.host))
  if (denied) return denial(target.host, denied)
  for (const text of target.addresses) {
    const refusal = checkAddress(policy, target, text, own)
    if (refusal) return refusal
  }
  return undefined
}

/**
 * Parses a rule: a range, `10.0.0.0/8`, an address, or a host in which `*` matches any characters and `?` one.
 * @returns undefined for anything else, such as `10.*`: patterns match names, not addresses
 */
export function parseCallbackRule(text: string): CallbackRule | undefined {
  const range = parseCidr(text.replace(/^\[(.*)\]$/, '$1'))
  if (range) return { text, range }
  const pattern = text.toLowerCase().replace(/\.$/, '')
  const isAddressLike = /^(?=.*\d)[\d.*?]+$/.test(pattern) || isNumeric(pattern)
  return HOST_PATTERN.test(pattern) && !isAddressLike ? { text, pattern } : undefined
}

/** What a rule has to be, for the message of an option; undefined when the text is one. */
export function checkCallbackRule(text: string): string | undefined {
  return parseCallbackRule(text) ? undefined : 'a CIDR such as 10.0.0.0/8, an address, or a host such as *.example.com'
}

/** A host, or host and port, and another one that connections go to instead. */
export interface CallbackRewrite {
  from: Partial<HostAndPort>
  to: Partial<HostAndPort>
}

/**
 * Parses `from=to`, each a host or `host:port`; an IPv6 address has brackets.
 * @returns undefined when the text is malformed
 */
export function parseCallbackRewrite(text: string): CallbackRewrite | undefined {
  const [from, to, ...more] = text.split('=').map(parseHostAndPort)
  return from && to && more.length === 0 ? { from, to } : undefined
}

/** Applies the first rewrite that matches; without a port of its own, it keeps the port. */
export function rewriteTarget(rewrites: readonly CallbackRewrite[], { host, port }: HostAndPort): HostAndPort {
  const rewrite = rewrites.find(({ from }) => isSameHost(from.host, host) && (from.port ?? port) === port)
  return { host: rewrite?.to.host ?? host, port: rewrite?.to.port ?? port }
}

/** Whether a target is a listener of the emulator itself: by name, or by one of its addresses. */
export const isOwnTarget = ({ addresses, ...target }: CallbackTarget, own: readonly OwnListener[]): boolean =>
  own.some(listener =>
    'range' in listener
      ? addresses.flatMap(text => parseIpAddress(text) ?? []).some(address => isOwn(listener, target, address))
      : listener.port === target.port && isSameHost(listener.host, target.host)
  )

const HOST_PATTERN = /^[a-z0-9_*?-]+(?:\.[a-z0-9_*?-]+)*$/

/** Whether a URL takes a host for an IPv4 address, well-formed or not. */
const isNumeric = (host: string): boolean => /(?:^|\.)(?:\d+|0x[0-9a-f]*)$/.test(host)

function checkAddress(
  { mode, allow, deny }: CallbackPolicy,
  { host, port }: HostAndPort,
  text: string,
  own: readonly OwnListener[]
): CallbackRefusal | undefined {
  const shown = text === host ? text : `${text} (${host})`
  const address = parseIpAddress(text)
  if (!address)
    return blocked(`${shown} cannot be checked: it is not an IP address.`, `with --rewrite-callback ${host}=ADDRESS`)
  const fits = (rule: CallbackRule) =>
    'range' in rule ? contains(rule.range, address) : matchesHost(rule.pattern, host)
  const denied = deny.find(fits)
  if (denied) return denial(shown, denied)
  const allowed = allow.filter(fits)
  const ranges = allowed.flatMap(rule => ('range' in rule ? [rule.range] : []))
  if (!ranges.some(isSingle) && own.some(listener => isOwn(listener, { host, port }, address))) {
    const message = `${shown} at port ${port} is an address of this emulator itself.`
    return {
      ...blocked(message, `with --allow-callback ${text} if it is meant to call itself`),
      reason: 'own_listener'
    }
  }
  const found = classOf(address)
  if (found.kind === 'special') {
    if (ranges.some(range => isWithin(range, found.range))) return undefined
    const message = `${shown} is ${found.is}, which every policy blocks unless it is allowed by name.`
    return blocked(message, `with --allow-callback ${text} if that is intended`)
  }
  if (allowed.length > 0 || allowsClass(mode, found)) return undefined
  return blocked(
    `${shown} is ${found.is}, and --callbacks ${mode} ${CALLBACK_MODES[mode]}.`,
    `with --allow-callback ${parseCallbackRule(host) ? host : text}, or --callbacks ${found.kind === 'public' ? 'any' : 'private'}`
  )
}

const blocked = (message: string, how: string): CallbackRefusal => ({
  reason: 'blocked_by_policy',
  message,
  hint: `Start the emulator ${how}.`
})

const denial = (shown: string, { text }: CallbackRule): CallbackRefusal =>
  blocked(`${shown} is forbidden by --deny-callback ${text}.`, `without --deny-callback ${text}`)

const allowsClass = (mode: CallbackMode, { kind }: AddressClass): boolean =>
  mode === 'any' || (mode === 'private' && kind !== 'public') || (mode === 'loopback' && kind === 'loopback')

function isOwn(own: OwnListener, { host, port }: HostAndPort, address: IpAddress): boolean {
  if (own.port !== port) return false
  // A connection to the unspecified address arrives at this machine.
  return 'range' in own ? contains(own.range, address) || address.value === 0n : isSameHost(own.host, host)
}

function isSameHost(one: string | undefined, other: string): boolean {
  if (one === other) return true
  const range = parseCidr(one ?? '')
  const address = parseIpAddress(other)
  return range !== undefined && address !== undefined && contains(range, address)
}

function parseHostAndPort(text: string): Partial<HostAndPort> | undefined {
  const isBare = parseIpAddress(text) !== undefined
  const host = isBare ? text : parseHost(text)
  if (host === undefined || (parseIpAddress(host) === undefined && isNumeric(host))) return undefined
  const port = isBare ? undefined : /:(\d+)$/.exec(text)?.[1]
  return port === '0' ? undefined : { host, ...(port !== undefined && { port: Number(port) }) }
}
