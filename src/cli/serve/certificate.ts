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

/** Key and certificate of a server, PEM, and the path of the certificate. */
export interface Certificate {
  key: string
  cert: string
  path: string
  /** Why an earlier generated certificate was replaced, which clients may trust; undefined when none was. */
  replaced?: string | undefined
  /** Removes files that were made for this run only. */
  discard(): void
}

type KeyAndCert = Pick<Certificate, 'key' | 'cert'>

const DAY = 86_400_000

/** The certificate of a run, read or generated at the first `get()`. */
export interface Certificates {
  /**
   * The certificate of --tls-cert, or a generated one that is kept for the next start.
   * @returns undefined when the emulator serves http
   * @throws OptionsInvalid when a file cannot be read or written, or key and certificate do not belong together
   */
  get(): Promise<Certificate | undefined>
  /** Removes files that were made for this run only. */
  discard(): void
}

/** Certificates for the options of `serve`. Touches no file before the first `get()`. */
export function createCertificates(options: ServeOptions): Certificates {
  let loading: Promise<Certificate | undefined> | undefined
  let certificate: Certificate | undefined
  return {
    async get() {
      loading ??= loadCertificate(options)
      certificate = await loading
      return certificate
    },
    discard: () => certificate?.discard()
  }
}

async function loadCertificate(options: ServeOptions): Promise<Certificate | undefined> {
  const { tls, tlsCert, tlsKey } = options
  if (tlsCert !== undefined && tlsKey !== undefined) {
    const pair = { cert: readPem('--tls-cert', tlsCert), key: readPem('--tls-key', tlsKey) }
    if (!isPair(pair))
      throw new OptionsInvalid(['--tls-cert and --tls-key must be a certificate and its key, both PEM.'])
    return { ...pair, path: resolve(tlsCert), discard: () => {} }
  }
  return tls ? keepCertificate(options) : undefined
}

/** Reads the kept certificate; generates one where there is none, or it lacks a name or expires. */
async function keepCertificate(options: ServeOptions): Promise<Certificate> {
  const { folder, discard } = chooseFolder(options)
  const names = subjectNames(options)
  const path = join(folder, 'uapi-emulator-cert.pem')
  const keyPath = join(folder, 'uapi-emulator-key.pem')
  try {
    const kept = readKept(path, keyPath)
    const replaced = kept && defectOf(kept, names)
    if (kept && replaced === undefined) return { ...kept, path, discard }
    const generated = await generateCertificate(names)
    mkdirSync(folder, { recursive: true })
    replaceFile(keyPath, generated.key, 0o600)
    replaceFile(path, generated.cert, 0o644)
    return { ...generated, path, replaced, discard }
  } catch (error) {
    if (Reflect.get(Object(error), 'syscall') === undefined) throw error // not an error of the file system
    throw new OptionsInvalid([
      `--tls cannot keep its certificate in ${folder}: name a folder that can be read and written with --tls-dir.`
    ])
  }
}

function chooseFolder({ tlsDir, database }: ServeOptions): { folder: string; discard: () => void } {
  if (tlsDir !== undefined) return { folder: resolve(tlsDir), discard: () => {} }
  if (database !== IN_MEMORY) return { folder: dirname(resolve(database)), discard: () => {} }
  // A database in memory keeps nothing. The folder is new: a key must not go where others can read it.
  const folder = mkdtempSync(join(tmpdir(), 'uapi-emulator-'))
  return { folder, discard: () => rmSync(folder, { recursive: true, force: true }) }
}

/** The host names and addresses that the certificate has to name: every one that clients may use. */
function subjectNames({ host, publicUrl, allowedHosts }: ServeOptions): string[] {
  const bound = isWildcard(host) ? [] : [host.includes(':') ? `[${host}]` : host]
  const configured = [...bound, ...(publicUrl === undefined ? [] : [new URL(publicUrl).host]), ...allowedHosts]
  return [
    ...new Set([
      'localhost',
      '127.0.0.1',
      '::1',
      hostname().toLowerCase(),
      ...configured.flatMap(host => parseHost(host) ?? [])
    ])
  ]
}

async function generateCertificate(names: string[]): Promise<KeyAndCert> {
  const { generate } = await import('selfsigned')
  const altNames = names.map(name => (isIP(name) ? { type: 7 as const, ip: name } : { type: 2 as const, value: name }))
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'uapi-emulator' }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(Date.now() - DAY),
    notAfterDate: new Date(Date.now() + 825 * DAY), // the longest validity that all platforms accept
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', digitalSignature: true, keyCertSign: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames }
    ]
  })
  return { key, cert }
}

function readKept(path: string, keyPath: string): KeyAndCert | undefined {
  if (!existsSync(path) || !existsSync(keyPath)) return undefined
  return { cert: readFileSync(path, 'utf8'), key: readFileSync(keyPath, 'utf8') }
}

/** Why a kept certificate cannot be used: it is broken, lacks one of the names, or expires within a day. */
function defectOf(kept: KeyAndCert, names: string[]): string | undefined {
  if (!isPair(kept)) return 'it does not belong to its key'
  const certificate = new X509Certificate(kept.cert)
  const missing = names.filter(name => !(isIP(name) ? certificate.checkIP(name) : certificate.checkHost(name)))
  if (missing.length > 0) return `it lacks ${missing.join(', ')}`
  if (Date.parse(certificate.validTo) <= Date.now() + DAY) return `it expires on ${certificate.validTo}`
  return undefined
}

/** Whether key and certificate belong together. */
function isPair({ cert, key }: KeyAndCert): boolean {
  try {
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))
  } catch {
    return false // one of them cannot be parsed
  }
}

function readPem(flag: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    throw new OptionsInvalid([`${flag} ${path}: the file cannot be read.`])
  }
}

/** Replaces a file atomically. The new file is created exclusively, so that no one else has it open. */
function replaceFile(path: string, text: string, mode: number): void {
  rmSync(`${path}.new`, { force: true })
  writeFileSync(`${path}.new`, text, { mode, flag: 'wx' })
  renameSync(`${path}.new`, path)
}
