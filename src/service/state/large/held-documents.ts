import { setImmediate as nextTurn } from 'node:timers/promises'
import { type HeldJson, JsonDocument } from '../../../domain/fixtures/json-document.js'
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
  const held: HeldJson = { number: work.nextHeld(), users: 1 }
  const documents: JsonDocument[] = []
  const release = () => {
    for (const document of documents) document.held = undefined
    releaseHeld(work, held)
  }
  try {
    const outline = await work.run('hold', { held: held.number, json })
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

/**
 * Hands the documents of fixtures over to the worker, in slices between which other requests are answered.
 * @returns the sources with the numbers of their documents, and a function that releases the documents
 * @throws Stopped
 */
export async function holdSources(
  work: LargeWork,
  sources: FixtureSource[]
): Promise<{ sources: HeldSource[]; release: () => void }> {
  const used: HeldJson[] = []
  const release = () => {
    for (const held of used) releaseHeld(work, held)
  }
  const hold = async (document: unknown): Promise<Pick<HeldSource, 'held' | 'member'>> => {
    const { held: alreadyHeld, member } = document instanceof JsonDocument ? document : {}
    if (alreadyHeld !== undefined) {
      alreadyHeld.users += 1 // a client that disconnects ends its request, and not the change
      used.push(alreadyHeld)
      return { held: alreadyHeld.number, ...(member !== undefined && { member }) }
    }
    const held = work.nextHeld()
    used.push({ number: held, users: 1 })
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

/** Ends one use. The worker may be gone by then, and the document with it. */
function releaseHeld(work: LargeWork, held: HeldJson): void {
  held.users -= 1
  if (held.users === 0) void work.run('release', { held: held.number }).catch(() => {})
}
