#!/usr/bin/env node
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import Module, { createRequire } from 'node:module'
import { join } from 'node:path'
import { Script } from 'node:vm'

/** Hash of `program.cjs`, set by scripts/bundle.mjs. A cache of another program must not be used. */
declare const PROGRAM_HASH: string

/** A run of this length, in seconds, has compiled most of what a server needs. That of a short command has not. */
const LONG_RUN = 1

const program = join(import.meta.dirname, 'program.cjs')
const cacheOf = (kind: 'long' | 'short') =>
  join(import.meta.dirname, `program-${PROGRAM_HASH}-${process.versions.v8}-${process.arch}.${kind}.cache`)

if (process.sourceMapsEnabled) createRequire(program)(program)
else runFromCache()

/**
 * Runs the program. Compiling it takes a third of the time to start it, so V8 reads what an earlier run compiled from a
 * file beside it. Stack traces are mapped to the sources only for a module that Node itself has loaded.
 */
function runFromCache(): void {
  let cachedData = read(cacheOf('long'))
  const isLong = cachedData !== undefined
  cachedData ??= read(cacheOf('short'))
  const isCached = cachedData !== undefined
  const script = new Script(Module.wrap(readFileSync(program, 'utf8')), { filename: program, cachedData })
  cachedData = undefined // it is as large as the program
  process.on('exit', () => {
    const isUsed = isCached && !script.cachedDataRejected
    if ((isLong && isUsed) || hasFlags()) return
    if (process.uptime() >= LONG_RUN) write(script, cacheOf('long'))
    else if (!isUsed) write(script, cacheOf('short'))
  })
  const module = { exports: {} }
  script.runInThisContext()(module.exports, createRequire(program), module, program, import.meta.dirname)
}

/** Whether Node was started with flags: with some of them V8 compiles code that starts without them reject. */
const hasFlags = (): boolean => process.execArgv.length > 0 || (process.env.NODE_OPTIONS ?? '') !== ''

function read(file: string): Buffer | undefined {
  try {
    return readFileSync(file)
  } catch {
    return undefined // there is none yet
  }
}

/** Writes the cache as a whole or not at all. */
function write(script: Script, file: string): void {
  const written = `${file}.${process.pid}`
  try {
    writeFileSync(written, script.createCachedData())
    renameSync(written, file)
  } catch {
    // The folder cannot be written to, or the disk is full: the next start compiles again.
    remove(written)
  }
}

function remove(file: string): void {
  try {
    rmSync(file, { force: true })
  } catch {
    // It is not there, or the folder is read-only.
  }
}
