/** An IPv4 or IPv6 address as a number. An IPv4-mapped IPv6 address counts as IPv4. */
export interface IpAddress {
  version: 4 | 6
  value: bigint
}

/** A range of addresses: those whose first `prefix` bits equal those of `address`. */
export interface Cidr {
  address: IpAddress
  prefix: number
}

/**
 * Parses an address in the form of RFC 4291 or a dotted quad, without brackets and zone.
 * @returns undefined for anything else, such as `127.1`, `0x7f.0.0.1` or `010.0.0.1`
 */
export function parseIpAddress(text: string): IpAddress | undefined {
  if (!text.includes(':')) {
    const value = parseIpv4(text)
    return value === undefined ? undefined : { version: 4, value }
  }
  const value = parseIpv6(text)
  if (value === undefined) return undefined
  return value >> 32n === MAPPED ? { version: 4, value: value & 0xffff_ffffn } : { version: 6, value }
}

/**
 * Parses a range, `10.0.0.0/8`, or a single address, which is a range of one. Bits after the prefix are ignored.
 * @returns undefined when the text is neither
 */
export function parseCidr(text: string): Cidr | undefined {
  const [, written = '', length] = /^([0-9A-Fa-f:.]+)(?:\/(0|[1-9][0-9]{0,2}))?$/.exec(text) ?? []
  const address = parseIpAddress(written)
  if (!address) return undefined
  const widest = written.includes(':') ? 128 : 32
  const given = length === undefined ? widest : Number(length)
  // A range of mapped addresses becomes one of IPv4, 96 bits shorter; a wider one that starts among them is refused.
  const prefix = address.version === 4 ? given - (widest - 32) : given
  if (given > widest || prefix < 0) return undefined
  const rest = BigInt(bitsOf(address) - prefix)
  return { address: { ...address, value: (address.value >> rest) << rest }, prefix }
}

/** Whether a range contains an address. */
export function contains({ address, prefix }: Cidr, { version, value }: IpAddress): boolean {
  if (version !== address.version) return false
  const rest = BigInt(bitsOf(address) - prefix)
  return value >> rest === address.value >> rest
}

/** Whether a range is part of another, or the same. */
export const isWithin = (inner: Cidr, outer: Cidr): boolean =>
  inner.prefix >= outer.prefix && contains(outer, inner.address)

/** Whether a range is a single address. */
export const isSingle = ({ address, prefix }: Cidr): boolean => prefix === bitsOf(address)

/** The purpose of an address, with a phrase for messages. A webhook is not meant to go to a special one, in `range`. */
export type AddressClass =
  | { kind: 'loopback' | 'private' | 'public'; is: string }
  | { kind: 'special'; is: string; range: Cidr }

/**
 * The class of an address; public when it is neither loopback, private nor special.
 * @source RFC 6890 and the special-purpose address registries of IANA; call-events.md §4
 */
export const classOf = (address: IpAddress): AddressClass =>
  CLASSES.find(({ range }) => contains(range, address)) ?? { kind: 'public', is: 'a public address' }

/** The first 96 bits of an IPv4-mapped address: ::ffff:0:0/96. */
const MAPPED = 0xffffn

const bitsOf = ({ version }: IpAddress): 32 | 128 => (version === 4 ? 32 : 128)

/** The first row that contains an address is its class, so narrower ranges come first. */
const CLASSES = [
  row('loopback', 'a loopback address', '127.0.0.0/8', '::1'),
  row(
    'special',
    'the metadata address of a cloud',
    '100.100.100.200',
    '168.63.129.16',
    'fd00:ec2::/32',
    'fd20:ce::254'
  ),
  row('private', 'a private address', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'),
  row('special', 'a link-local address, the range of cloud metadata', '169.254.0.0/16', 'fe80::/10'),
  row('special', 'a multicast address', '224.0.0.0/4', 'ff00::/8'),
  row('special', 'the broadcast address', '255.255.255.255'),
  row('special', 'the unspecified address', '0.0.0.0', '::'),
  row('special', 'a 6to4 address', '192.88.99.0/24', '2002::/16'),
  row('special', 'a NAT64 address', '64:ff9b::/96', '64:ff9b:1::/48'),
  row('special', 'a shared address of carrier-grade NAT', '100.64.0.0/10'),
  row(
    'special',
    'an address reserved for documentation',
    '192.0.2.0/24',
    '198.51.100.0/24',
    '203.0.113.0/24',
    '2001:db8::/32',
    '3fff::/20'
  ),
  row('special', 'an address reserved for benchmarks', '198.18.0.0/15'),
  row('special', 'a reserved address', '0.0.0.0/8', '192.0.0.0/24', '240.0.0.0/4'),
  row('special', 'a reserved address', '::/96', '100::/64', '2001::/23', '5f00::/16', 'fec0::/10'),
  // Of IPv6, only 2000::/3 and the ranges above are assigned.
  row('special', 'a reserved address', '::/3', '4000::/2', '8000::/1')
].flat()

function parseIpv4(text: string): bigint | undefined {
  if (!/^(?:(?:0|[1-9][0-9]{0,2})(?:\.|$)){4}$/.test(text) || text.endsWith('.')) return undefined
  const bytes = text.split('.').map(Number)
  return bytes.every(byte => byte < 256) ? bytes.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n) : undefined
}

function parseIpv6(text: string): bigint | undefined {
  const plain = withoutDottedQuad(text)
  const halves = plain?.split('::').map(half => (half === '' ? [] : half.split(':'))) ?? []
  const [head = [], tail] = halves
  const missing = 8 - head.length - (tail?.length ?? 0)
  if (plain === undefined || halves.length > 2 || (tail ? missing < 1 : missing !== 0)) return undefined
  const groups = [...head, ...Array<string>(missing).fill('0'), ...(tail ?? [])]
  if (!groups.every(group => /^[0-9A-Fa-f]{1,4}$/.test(group))) return undefined
  return groups.reduce((value, group) => (value << 16n) | BigInt(`0x${group}`), 0n)
}

/** `::ffff:10.0.0.1` as `::ffff:a00:1`. */
function withoutDottedQuad(text: string): string | undefined {
  if (!text.includes('.')) return text
  const at = text.lastIndexOf(':') + 1
  const value = parseIpv4(text.slice(at))
  return value === undefined
    ? undefined
    : `${text.slice(0, at)}${(value >> 16n).toString(16)}:${(value & 0xffffn).toString(16)}`
}

function row<K extends 'loopback' | 'private' | 'special'>(kind: K, is: string, ...ranges: string[]) {
  return ranges.flatMap(text => {
    const range = parseCidr(text)
    return range ? [{ kind, is, range }] : []
  })
}
