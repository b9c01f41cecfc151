import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { PACKAGE_ROOT } from '../package.js'

/** Versions and platform of Node, as `process` has them; `modules` is the NODE_MODULE_VERSION. */
export interface Runtime {
  versions: { node: string; modules: string }
  platform: string
  arch: string
}

/** An installed better-sqlite3. */
export interface SqliteModule {
  version: string
  /** Its native binary; undefined when it has none for this platform. */
  binary?: SqliteBinary | undefined
}

/** Facts about a native binary that was not loaded. */
export interface SqliteBinary {
  /** NODE_MODULE_VERSION that it was compiled for; undefined for one that fits every version, or was not read. */
  modules?: string | undefined
  /** Whether it has the cleanup hooks of Node's headers from 24.19 on: version 12 aborts the process with them. */
  hasCleanupHooks: boolean
}

/** better-sqlite3 cannot be used in this Node. The message names both versions and the command that fixes it. */
export class SqliteModuleRefused extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'SqliteModuleRefused'
  }
}

/**
 * Loads SQLite, once a process. A binary that would crash the process is not loaded.
 * @throws SqliteModuleRefused when there is no binary, or it does not fit this Node
 */
export function loadSqlite(runtime: Runtime): void {
  if (loaded) return
  const folder = dirname(createRequire(join(PACKAGE_ROOT, 'package.json')).resolve('better-sqlite3/package.json'))
  const version = versionIn(folder)
  // The binary is read only where it may be a wrong one: npm installs 13 from Node 22 on.
  const found = readSqliteModule(folder, version, runtime, isSuspicious(runtime, version))
  // Version 12 searches more folders than we do: whether it has no binary at all, only loading it shows.
  const isFound = found.binary !== undefined || majorOf(version) >= 13
  const problem = isFound ? explainSqliteModule(runtime, found) : undefined
  if (problem !== undefined) throw new SqliteModuleRefused(problem)
  try {
    new BetterSqlite3(':memory:').close()
  } catch (cause) {
    const reason = explainSqliteModule(runtime, readSqliteModule(folder, version, runtime, true))
    throw new SqliteModuleRefused(reason ?? explainFailure(runtime, version, cause), { cause })
  }
  loaded = true
}

let loaded = false

/** Explains why better-sqlite3 does not fit a Node, and names the command that fixes it; undefined when it fits. */
export function explainSqliteModule(runtime: Runtime, { version, binary }: SqliteModule): string | undefined {
  const { node, modules } = runtime.versions
  if (majorOf(version) >= 13 && majorOf(node) < 22) {
    return `better-sqlite3 ${version} needs Node 22 or newer and would crash Node ${node}. ${remedyFor(runtime, version)}`
  }
  if (binary === undefined) {
    const where = `Node ${node} on ${runtime.platform} ${runtime.arch}`
    return `better-sqlite3 ${version} has no binary for ${where}. ${remedyFor(runtime, version)}`
  }
  if (binary.modules !== undefined && binary.modules !== modules) {
    const theirs = `was compiled for NODE_MODULE_VERSION ${binary.modules}`
    return `better-sqlite3 ${version} ${theirs}; Node ${node} has ${modules}. ${remedyFor(runtime, version)}`
  }
  if (majorOf(version) < 13 && binary.hasCleanupHooks) {
    const headers = 'was compiled with the headers of Node 24.19 or newer'
    return `better-sqlite3 ${version} ${headers} and would abort Node ${node}. ${remedyFor(runtime, version)}`
  }
  return undefined
}

/** Node 22 and newer take version 13, which brings its binaries; older ones need version 12 with a binary of its own. */
function remedyFor({ versions }: Runtime, installed: string): string {
  if (majorOf(versions.node) >= 22) {
    return majorOf(installed) >= 13
      ? 'Delete node_modules/better-sqlite3 and run: npm install'
      : 'Install version 13: npm install better-sqlite3@13 (or: pnpm add, yarn add)'
  }
  return majorOf(installed) === 12
    ? 'Build it for this Node: npm rebuild better-sqlite3 (with pnpm, first: pnpm approve-builds)'
    : 'Install version 12: npm install better-sqlite3@12 (or: pnpm add, yarn add)'
}

function explainFailure(runtime: Runtime, version: string, error: unknown): string {
  const [reason = ''] = (error instanceof Error ? error.message : String(error)).split('\n')
  const { versions, platform, arch } = runtime
  const where = `Node ${versions.node} on ${platform} ${arch}`
  return `better-sqlite3 ${version} cannot be loaded by ${where} (${reason}). ${remedyFor(runtime, version)}`
}

const isSuspicious = ({ versions }: Runtime, version: string): boolean =>
  majorOf(version) < 13 && majorOf(versions.node) >= 22

const majorOf = (version: string): number => Number.parseInt(version, 10)

const versionIn = (folder: string): string => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).version

function readSqliteModule(
  folder: string,
  version: string,
  { platform, arch }: Runtime,
  thoroughly: boolean
): SqliteModule {
  const names = [
    ...['build', 'build/Debug', 'build/Release'].map(place => `${place}/better_sqlite3.node`),
    ...[platform, `${platform}musl`].map(system => `prebuilds/${system}-${arch}.node`)
  ]
  const file = names.map(name => join(folder, name)).find(existsSync)
  if (file === undefined) return { version }
  return { version, binary: thoroughly ? readBinary(file) : { hasCleanupHooks: false } }
}

/** Reads a binary's symbols without loading it: their names stand in it as text. */
function readBinary(file: string): SqliteBinary {
  const text = readFileSync(file, 'latin1')
  return {
    modules: /node_register_module_v(\d+)/.exec(text)?.[1],
    hasCleanupHooks: text.includes('RemoveEnvironmentCleanupHook')
  }
}
