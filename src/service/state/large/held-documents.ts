import { setImmediate as nextTurn } from 'node:timers/promises'
import { JsonDocument } from '../../../domain/fixtures/json-document.js'
import type { FixtureSource } from '../../../domain/fixtures/read.js'
import type { LargeWork } from './large-work.js'
import { printFixture } from './print-fixture.js'
import { shareBytes } from './shared-bytes.js'
import type { HeldSource } from './tasks.js'

/** A body that the worker has parsed, and holds until it is released. */
export interface HeldBody {
  /** The members of its first level, with empty lists and objects in place of the real ones. */
  outline: unknown
  /** The whole body, or a member of it. */
  document(member?: string): JsonDocument
  release(): void
}

/** Has the worker parse a body. @throws UapiError `request_invalid`; Stopped */
export async function holdBody(work: LargeWork, body: Uint8Array): Promise<HeldBody> {
  const json = await shareBytes(body)
  const held = work.nextHeld()
  const documents: JsonDocument[] = []
  const release = () => {
    for (const document of documents) document.held = undefined
    releaseHeld(work, held)
  }
  try {
    const outline = await work.run('hold', { held, json })
    const document = (member?: string) => {
      const created = new JsonDocument(json, member)
      created.held = held
      documents.push(created)
      return created
    }
    return { outline, document, release }
  } catch (error) {
    release()
    throw error
  }
}

/** Hands the documents of fixtures over to the worker, in slices between which other requests are answered. */
export async function holdSources(
  work: LargeWork,
  sources: FixtureSource[]
): Promise<{ sources: HeldSource[]; release: () => void }> {
  const own: number[] = []
  const release = () => {
    for (const held of own) releaseHeld(work, held)
  }
  const hold = async (document: unknown): Promise<Pick<HeldSource, 'held' | 'member'>> => {
    const { held: alreadyHeld, member } = document instanceof JsonDocument ? document : {}
    if (alreadyHeld !== undefined) return { held: alreadyHeld, ...(member !== undefined && { member }) }
    const held = work.nextHeld()
    own.push(held)
    if (document instanceof JsonDocument) {
      await work.run('hold', { held, json: document.json })
      return { held, ...(member !== undefined && { member }) }
    }
    const pieces: Uint8Array<ArrayBuffer>[] = []
    for (const piece of printFixture(Object(document))) {
      pieces.push(piece)
      await nextTurn()
    }
    await work.run(
      'holdPieces',
      { held, pieces },
      pieces.map(({ buffer }) => buffer)
    )
    return { held }
  }
  try {
    const all: HeldSource[] = []
    for (const { document, ...source } of sources) all.push({ ...source, ...(await hold(document)) })
    return { sources: all, release }
  } catch (error) {
    release()
    throw error
  }
}

/** The worker may be gone by then, and the document with it. */
const releaseHeld = (work: LargeWork, held: number): void => void work.run('release', { held }).catch(() => {})
