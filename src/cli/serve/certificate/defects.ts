import { createPrivateKey, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { DAY, type PemPair, SERVER_DAYS } from './issue.js'

/** Whether certificate and key can be parsed and belong together. */
export function isPair({ cert, key }: PemPair): boolean {
  try {
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))
  } catch {
    return false
  }
}

/** Why an authority cannot be used any longer; undefined when it can. @param now in milliseconds */
export function authorityDefect({ cert, key }: Partial<PemPair>, now: number): string | undefined {
  if (cert === undefined) return 'it is missing'
  if (key === undefined) return 'its key is missing'
  if (!isPair({ cert, key })) return 'it does not belong to its key'
  const authority = new X509Certificate(cert)
  if (!authority.ca || createPrivateKey(key).asymmetricKeyDetails?.namedCurve !== 'prime256v1')
    return 'the emulator did not make it'
  return expiryOf(authority, now)
}

/**
 * Whether a server's certificate can be served: its authority signed it, it has every name, and more than a third of
 * its time is left.
 */
export function isServable(
  { cert, key }: Partial<PemPair>,
  authority: PemPair,
  { names, now }: { names: string[]; now: number }
): boolean {
  if (cert === undefined || key === undefined || !isPair({ cert, key })) return false
  const certificate = new X509Certificate(cert)
  const issuer = new X509Certificate(authority.cert)
  if (certificate.ca || !certificate.checkIssued(issuer) || !certificate.verify(issuer.publicKey)) return false
  return missingNames(certificate, names).length === 0 && leftOf(certificate, now) > (SERVER_DAYS * DAY) / 3
}

/** Whether a certificate is its own authority, as earlier versions made them. */
export function isSelfSigned({ cert, key }: Partial<PemPair>): boolean {
  if (cert === undefined || key === undefined || !isPair({ cert, key })) return false
  const certificate = new X509Certificate(cert)
  return certificate.ca && certificate.checkIssued(certificate)
}

/** Why a self-signed certificate cannot be served any longer; undefined when it can. */
export function selfSignedDefect(cert: string, names: string[], now: number): string | undefined {
  const certificate = new X509Certificate(cert)
  const missing = missingNames(certificate, names)
  return missing.length > 0 ? `it lacks ${missing.join(', ')}` : expiryOf(certificate, now)
}

/** That it expires, if it does within a day. */
const expiryOf = (certificate: X509Certificate, now: number): string | undefined =>
  leftOf(certificate, now) <= DAY ? `it expires on ${certificate.validTo}` : undefined

const leftOf = ({ validTo }: X509Certificate, now: number): number => Date.parse(validTo) - now

function missingNames(certificate: X509Certificate, names: string[]): string[] {
  const listed = certificate.subjectAltName?.split(', ') ?? []
  return names.filter(name => {
    if (name.startsWith('*')) return !listed.includes(`DNS:${name}`)
    return !(isIP(name) ? certificate.checkIP(name) : certificate.checkHost(name))
  })
}
