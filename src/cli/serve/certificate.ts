import { createPrivateKey, X509Certificate } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { hostname, tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { ServeOptions } from '../../config.js'
import { parseHost } from '../../domain/callbacks/host.js'
import { IN_MEMORY } from '../../store/database.js'
import { OptionsInvalid } from '../options.js'
import { isWildcard } from './address.js'

/** Key and certificate of a server, PEM, and the file that clients can trust. */
export interface Certificate {
  key: string
  cert: string
  path: string
  /** Removes what was only made for this run. */
  discard(): void
}

const DAY = 86_400_000

/** The certificate of a run, asked for when it is needed and made once. */
export interface Certificates {
  /**
   * The operator's own, or one that is made and kept.
   * @returns undefined when the emulator speaks http
   * @throws OptionsInvalid when a file cannot be read, or key and certificate do not fit
   */
  get(): Promise<Certificate | undefined>
  /** Removes what was only made for this run. */
  discard(): void
}

/** Nothing is read or made before it is asked for. */
export function createCertificates(options: ServeOptions): Certificates {
  let asked: Promise<Certificate | undefined> | undefined
  let certificate: Certificate | undefined
  return {
    async get() {
      asked ??= certificateOf(options)
      certificate = await asked
      return certificate
    },
    discard: () => certificate?.discard()
  }
}

async function certificateOf(options: ServeOptions): Promise<Certificate | undefined> {
  const { tls, tlsCert, tlsKey } = options
  if (tlsCert !== undefined && tlsKey !== undefined) {
    const pair = { cert: readPem('--tls-cert', tlsCert), key: readPem('--tls-key', tlsKey) }
    if (!fits(pair)) throw new OptionsInvalid(['--tls-cert and --tls-key must be a certificate and its key, both PEM.'])
    return { ...pair, path: resolve(tlsCert), discard: () => {} }
  }
  return tls ? keptCertificate(options) : undefined
}

async function keptCertificate(options: ServeOptions): Promise<Certificate> {
  const { folder, discard } = folderOf(options)
  const names = namesOf(options)
  const path = join(folder, 'uapi-emulator-cert.pem')
  const keyPath = join(folder, 'uapi-emulator-key.pem')
  try {
    if (existsSync(path) && existsSync(keyPath)) {
      const kept = { cert: readFileSync(path, 'utf8'), key: readFileSync(keyPath, 'utf8') }
      if (fits(kept) && serves(kept.cert, names)) return { ...kept, path, discard }
    }
    const made = await makeCertificate(names)
    mkdirSync(folder, { recursive: true })
    replaceFile(keyPath, made.key, 0o600)
    replaceFile(path, made.cert, 0o644)
    return { ...made, path, discard }
  } catch (error) {
    if (Reflect.get(Object(error), 'syscall') === undefined) throw error // not about files
    throw new OptionsInvalid([
      `--tls cannot keep its certificate in ${folder}: name a folder that can be read and written with --tls-dir.`
    ])
  }
}

function folderOf({ tlsDir, database }: ServeOptions): { folder: string; discard: () => void } {
  if (tlsDir !== undefined) return { folder: resolve(tlsDir), discard: () => {} }
  if (database !== IN_MEMORY) return { folder: dirname(resolve(database)), discard: () => {} }
  // Nothing is kept of this run, and a folder that others could have made must not hold a key.
  const folder = mkdtempSync(join(tmpdir(), 'uapi-emulator-'))
  return { folder, discard: () => rmSync(folder, { recursive: true, force: true }) }
}

/** The names and addresses that clients may use: each has to stand in the certificate. */
function namesOf({ host, publicUrl, allowedHost }: ServeOptions): string[] {
  const bound = isWildcard(host) ? [] : [host.includes(':') ? `[${host}]` : host]
  const given = [...bound, ...(publicUrl === undefined ? [] : [new URL(publicUrl).host]), ...allowedHost]
  return [
    ...new Set([
      'localhost',
      '127.0.0.1',
      '::1',
      hostname().toLowerCase(),
      ...given.flatMap(host => parseHost(host) ?? [])
    ])
  ]
}

async function makeCertificate(names: string[]): Promise<{ key: string; cert: string }> {
  const { generate } = await import('selfsigned')
  const altNames = names.map(name => (isIP(name) ? { type: 7 as const, ip: name } : { type: 2 as const, value: name }))
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'uapi-emulator' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(Date.now() - DAY),
    notAfterDate: new Date(Date.now() + 825 * DAY), // the longest that all platforms accept
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', digitalSignature: true, keyCertSign: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames }
    ]
  })
  return { key, cert }
}

/** Whether a certificate names all that it has to, and will do so tomorrow. */
function serves(cert: string, names: string[]): boolean {
  const certificate = new X509Certificate(cert)
  const lasts = Date.parse(certificate.validTo) > Date.now() + DAY
  return (
    lasts && names.every(name => (isIP(name) ? certificate.checkIP(name) : certificate.checkHost(name)) !== undefined)
  )
}

function fits({ cert, key }: { cert: string; key: string }): boolean {
  try {
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))
  } catch {
    return false // what cannot be parsed does not fit
  }
}

function readPem(flag: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    throw new OptionsInvalid([`${flag} ${path}: the file cannot be read.`])
  }
}

/** Never half a file, whoever reads it when, and never one that somebody else has opened before. */
function replaceFile(path: string, text: string, mode: number): void {
  rmSync(`${path}.new`, { force: true })
  writeFileSync(`${path}.new`, text, { mode, flag: 'wx' })
  renameSync(`${path}.new`, path)
}
