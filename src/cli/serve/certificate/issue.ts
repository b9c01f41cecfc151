import { createPrivateKey, randomBytes, webcrypto } from 'node:crypto'
import { isIP } from 'node:net'

/** A certificate and its private key, PEM. */
export interface PemPair {
  cert: string
  key: string
}

/** A day, in milliseconds. */
export const DAY = 86_400_000

/** How long a certificate authority is valid, in days: ten years. @assumed 0014 */
export const AUTHORITY_DAYS = 3650

/** How long a server's certificate is valid, in days: the longest that every platform accepts. @assumed 0014 */
export const SERVER_DAYS = 397

const { subtle } = webcrypto
const CURVE = { name: 'ECDSA', namedCurve: 'P-256' } as const
const SIGNING = { name: 'ECDSA', hash: 'SHA-256' } as const

/** Issues a certificate authority that can sign certificates of servers only. @param now in milliseconds */
export async function issueAuthority(now: number): Promise<PemPair> {
  const x509 = await import('@peculiar/x509')
  const keys = await subtle.generateKey(CURVE, true, ['sign', 'verify'])
  const { notBefore, notAfter } = validity(now, AUTHORITY_DAYS)
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    // The suffix distinguishes it from earlier ones in a store of authorities.
    name: [{ CN: [`uapi-emulator authority ${randomBytes(4).toString('hex')}`] }],
    notBefore,
    notAfter,
    keys,
    signingAlgorithm: SIGNING,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey)
    ]
  })
  return { cert: certificate.toString('pem'), key: await pemOf(keys.privateKey) }
}

/**
 * Issues the certificate of a server, signed by an authority. It ends with the authority at the latest.
 * @param names host names, of which the first label may be `*`, and addresses
 * @param now in milliseconds
 */
export async function issueServerCertificate(authority: PemPair, names: string[], now: number): Promise<PemPair> {
  const x509 = await import('@peculiar/x509')
  const issuer = new x509.X509Certificate(authority.cert)
  const der = createPrivateKey(authority.key).export({ type: 'pkcs8', format: 'der' })
  const signingKey = await subtle.importKey('pkcs8', der, CURVE, false, ['sign'])
  const keys = await subtle.generateKey(CURVE, true, ['sign', 'verify'])
  const { notBefore, notAfter } = validity(now, SERVER_DAYS)
  const certificate = await x509.X509CertificateGenerator.create({
    subject: [{ CN: ['uapi-emulator'] }],
    issuer: issuer.subjectName,
    notBefore,
    notAfter: new Date(Math.min(notAfter.getTime(), issuer.notAfter.getTime())),
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: SIGNING,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(
        names.map(value => ({ type: isIP(value) ? ('ip' as const) : ('dns' as const), value }))
      ),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(await issuer.publicKey.export())
    ]
  })
  return { cert: certificate.toString('pem'), key: await pemOf(keys.privateKey) }
}

/** It begins a day early, for machines whose clocks differ. */
const validity = (now: number, days: number) => ({
  notBefore: new Date(now - DAY),
  notAfter: new Date(now + (days - 1) * DAY)
})

async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await subtle.exportKey('pkcs8', key))
  return String(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }).export({ type: 'pkcs8', format: 'pem' }))
}
