import { readFileSync, rmSync } from 'node:fs'
import { hostname } from 'node:os'
import { resolve } from 'node:path'
import type { ServeOptions } from '../../../config.js'
import { parseAllowedHosts, parseHost } from '../../../domain/callbacks/host.js'
import { OptionsInvalid } from '../../options.js'
import { isWildcard } from '../address.js'
import { authorityDefect, isPair, isSelfSigned, isServable, selfSignedDefect } from './defects.js'
import { type CertificateFolder, chooseFolder, lockFolder, pathsOf, readFiles, writeFiles } from './folder.js'
import { issueAuthority, issueServerCertificate, type PemPair } from './issue.js'

/** Certificate and key of a server, PEM, with what clients and the log have to be given. */
export interface Certificate extends PemPair {
  /** The file that clients trust: an authority, or the certificate itself. Undefined when it is in memory only. */
  path: string | undefined
  /** A line for the log: that clients have to trust another file, or that they soon should. */
  warning?: string | undefined
}

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

/** Certificates for the options of `serve`. Touches no file before the first `get()`. @param now in milliseconds */
export function createCertificates(options: ServeOptions, now: () => number = Date.now): Certificates {
  let loading: Promise<Certificate | undefined> | undefined
  let folder: CertificateFolder | undefined
  const load = async () => {
    const { tls, tlsCert, tlsKey } = options
    if (tlsCert !== undefined && tlsKey !== undefined) return readGiven(tlsCert, tlsKey)
    if (!tls) return undefined
    folder = chooseFolder(options)
    const wanted = { names: subjectNames(options), now: now() }
    return folder === undefined ? makeInMemory(wanted) : keepIn(folder.path, wanted)
  }
  return {
    get() {
      loading ??= load()
      return loading
    },
    discard() {
      if (folder?.isTemporary) rmSync(folder.path, { recursive: true, force: true })
    }
  }
}

/** What a certificate has to be: for these names, at this time in milliseconds. */
interface Wanted {
  names: string[]
  now: number
}

function readGiven(tlsCert: string, tlsKey: string): Certificate {
  const pair = { cert: readPem('--tls-cert', tlsCert), key: readPem('--tls-key', tlsKey) }
  if (!isPair(pair)) throw new OptionsInvalid(['--tls-cert and --tls-key must be a certificate and its key, both PEM.'])
  return { ...pair, path: resolve(tlsCert) }
}

function readPem(flag: string, path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    throw new OptionsInvalid([`${flag} ${path}: the file cannot be read.`])
  }
}

async function makeInMemory({ names, now }: Wanted): Promise<Certificate> {
  const warning =
    'the certificate authority is in memory only, because neither the temporary folder nor the working folder can be ' +
    'written. Name a folder for it with --tls-dir: clients trust the file uapi-emulator-ca.pem there.'
  return { ...(await issueServerCertificate(await issueAuthority(now), names, now)), path: undefined, warning }
}

/** The kept certificate. What is missing, broken, too old or without one of the names is made anew. @assumed 0014 */
async function keepIn(folder: string, wanted: Wanted): Promise<Certificate> {
  try {
    return (
      readKept(folder, wanted) ??
      (await lockFolder(folder, async () => readKept(folder, wanted) ?? renew(folder, wanted)))
    )
  } catch (error) {
    if (Reflect.get(Object(error), 'syscall') === undefined) throw error // not an error of the file system
    const made = await makeWithKeptAuthority(folder, wanted)
    if (made) return made
    throw new OptionsInvalid([
      `--tls cannot keep its certificate in ${folder}: name a folder that can be read and written with --tls-dir.`
    ])
  }
}

/** The kept certificate, when nothing has to be written for it. */
function readKept(folder: string, { names, now }: Wanted): Certificate | undefined {
  const { cert, key } = readFiles(folder, 'server')
  if (cert === undefined || key === undefined) return undefined
  const server = { cert, key }
  if (isSelfSigned(server)) {
    if (selfSignedDefect(cert, names, now) !== undefined) return undefined
    const paths = pathsOf(folder, 'server')
    const warning =
      `the certificate ${paths.cert} is its own authority, as earlier versions made it, and some clients refuse that. ` +
      `Remove it with ${paths.key} and start again: clients then trust ${pathsOf(folder, 'authority').cert}.`
    return { ...server, path: paths.cert, warning }
  }
  const authority = readAuthority(folder, now)
  return authority && isServable(server, authority, { names, now })
    ? { ...server, path: pathsOf(folder, 'authority').cert }
    : undefined
}

/** Makes a certificate, and an authority where there is no usable one. */
async function renew(folder: string, { names, now }: Wanted): Promise<Certificate> {
  const path = pathsOf(folder, 'authority').cert
  const warning = replacement(folder, { names, now })
  const kept = readAuthority(folder, now)
  const authority = kept ?? (await issueAuthority(now))
  if (kept === undefined) writeFiles(folder, 'authority', authority)
  const server = await issueServerCertificate(authority, names, now)
  writeFiles(folder, 'server', server)
  return { ...server, path, warning }
}

/** What the log says before a file is replaced that clients may trust. */
function replacement(folder: string, { names, now }: Wanted): string | undefined {
  const { cert: path } = pathsOf(folder, 'authority')
  const server = readFiles(folder, 'server')
  const selfSigned = isSelfSigned(server) && selfSignedDefect(String(server.cert), names, now)
  if (selfSigned) {
    const { cert } = pathsOf(folder, 'server')
    return `the certificate ${cert} was replaced, because ${selfSigned}. Clients have to trust ${path} now.`
  }
  const authority = readFiles(folder, 'authority')
  const defect = authority.cert === undefined ? undefined : authorityDefect(authority, now)
  return (
    defect && `the certificate authority ${path} was replaced, because ${defect}. Clients have to trust the new one.`
  )
}

/** A certificate that cannot be written, of an authority that can be read: clients trust it all the same. */
async function makeWithKeptAuthority(folder: string, { names, now }: Wanted): Promise<Certificate | undefined> {
  try {
    const authority = readAuthority(folder, now)
    if (authority === undefined) return undefined
    return { ...(await issueServerCertificate(authority, names, now)), path: pathsOf(folder, 'authority').cert }
  } catch {
    return undefined // it cannot be read
  }
}

function readAuthority(folder: string, now: number): PemPair | undefined {
  const { cert, key } = readFiles(folder, 'authority')
  if (cert === undefined || key === undefined) return undefined
  return authorityDefect({ cert, key }, now) === undefined ? { cert, key } : undefined
}

/** The host names and addresses that the certificate has to name: every one that clients may use and X.509 can express. */
function subjectNames({ host, publicUrl, allowedHosts }: ServeOptions): string[] {
  const bound = isWildcard(host) ? [] : [host.includes(':') ? `[${host}]` : host]
  const configured = [...bound, ...(publicUrl === undefined ? [] : [new URL(publicUrl).host]), ...allowedHosts]
  return [
    ...new Set([
      'localhost',
      '127.0.0.1',
      '::1',
      hostname().toLowerCase(),
      ...configured.flatMap(text => parseHost(text) ?? []),
      ...parseAllowedHosts(allowedHosts).globs.filter(glob => WILDCARD.test(glob))
    ])
  ]
}

/** A name whose first label is `*`, of at least three: clients refuse `*.com`. @source RFC 6125 §6.4.3 */
const WILDCARD = /^\*(?:\.[a-z0-9_-]+){2,}$/
