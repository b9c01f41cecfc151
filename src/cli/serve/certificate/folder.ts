import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { ServeOptions } from '../../../config.js'
import { IN_MEMORY } from '../../../store/database.js'
import type { PemPair } from './issue.js'

/** The folder of generated certificates, and whether it is removed at the end of the run. */
export interface CertificateFolder {
  path: string
  isTemporary: boolean
}

/** The files in the folder, by the certificate that they are of. */
const FILES = {
  authority: { cert: 'uapi-emulator-ca.pem', key: 'uapi-emulator-ca-key.pem' },
  server: { cert: 'uapi-emulator-cert.pem', key: 'uapi-emulator-key.pem' }
} as const
type Subject = keyof typeof FILES

/** The paths of a certificate and its key. */
export const pathsOf = (folder: string, subject: Subject) => ({
  cert: join(folder, FILES[subject].cert),
  key: join(folder, FILES[subject].key)
})

/**
 * The folder of --tls-dir, else that of the database, else a new temporary one: a key must not go where others can read it.
 * @returns undefined when neither the temporary folder of the machine nor the working folder can be written
 */
export function chooseFolder({ tlsDir, database }: ServeOptions): CertificateFolder | undefined {
  if (tlsDir !== undefined) return { path: resolve(tlsDir), isTemporary: false }
  if (database !== IN_MEMORY) return { path: dirname(resolve(database)), isTemporary: false }
  for (const parent of [tmpdir(), '.']) {
    try {
      return { path: mkdtempSync(join(resolve(parent), 'uapi-emulator-')), isTemporary: true }
    } catch {} // the next one may be writable
  }
  return undefined
}

/** Reads a certificate and its key, each undefined when it is missing. @throws Error of the file system */
export function readFiles(folder: string, subject: Subject): Partial<PemPair> {
  const { cert, key } = pathsOf(folder, subject)
  const files = { cert: readFile(cert), key: readFile(key) }
  return { ...(files.cert !== undefined && { cert: files.cert }), ...(files.key !== undefined && { key: files.key }) }
}

/** Writes a certificate and its key, which only its owner can read. @throws Error of the file system */
export function writeFiles(folder: string, subject: Subject, pair: PemPair): void {
  const { cert, key } = pathsOf(folder, subject)
  replaceFile(key, pair.key, 0o600)
  replaceFile(cert, pair.cert, 0o644)
}

/** How long a lock is respected, in milliseconds. Its holder needs a tenth of a second; an older one was left behind. */
const LOCK_MS = 5000

/**
 * Runs an action while no other process runs one in the folder, which is created if needed.
 * @throws Error of the file system
 */
export async function lockFolder<T>(folder: string, action: () => Promise<T>): Promise<T> {
  createFolder(folder)
  const lock = join(folder, 'uapi-emulator-tls.lock')
  while (!acquire(lock)) await setTimeout(20)
  try {
    return await action()
  } finally {
    rmSync(lock, { force: true })
  }
}

/** Creates a folder with those above it, one by one: on some file systems the recursive call of Node never ends. */
function createFolder(path: string): void {
  if (existsSync(path)) return
  createFolder(dirname(path))
  try {
    mkdirSync(path)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error // another process was faster
  }
}

function acquire(lock: string): boolean {
  try {
    writeFileSync(lock, '', { flag: 'wx' })
    return true
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  }
  const { mtimeMs } = statSync(lock, { throwIfNoEntry: false }) ?? { mtimeMs: 0 }
  if (Math.abs(Date.now() - mtimeMs) > LOCK_MS) rmSync(lock, { force: true })
  return false
}

function readFile(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Replaces a file atomically. The new file is created exclusively, so that no one else has it open. */
function replaceFile(path: string, text: string, mode: number): void {
  rmSync(`${path}.new`, { force: true })
  writeFileSync(`${path}.new`, text, { mode, flag: 'wx' })
  renameSync(`${path}.new`, path)
}

const codeOf = (error: unknown): unknown => Reflect.get(Object(error), 'code')
