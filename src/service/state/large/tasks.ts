import { parse } from 'secure-json-parse'
import { decodeUtf8 } from '../../../domain/decoding.js'
import { UapiError } from '../../../domain/errors/uapi.js'
import type { FixtureSource } from '../../../domain/fixtures/read.js'
import { refuseBeyondBounds } from '../../../domain/json-bounds.js'
import { BODY_BOUNDS } from '../../../schema/body-bounds.js'
import type { EventFilter } from '../../../schema/fixture.js'
import type { Settings } from '../../../schema/settings.js'
import type { DatabaseImage } from '../../../store/replacing/connection.js'
import { takeCopy } from '../../../store/replacing/copier.js'
import { createExportFixture } from '../fixtures.js'
import { type Filled, fillState, type StateContext, stripState, withState } from './fill.js'
import { printFixture } from './print-fixture.js'
import { ownBytes } from './shared-bytes.js'

/** A document that the worker holds: the whole of what it parsed, or one member of it. */
export interface HeldSource extends Omit<FixtureSource, 'document'> {
  held: number
  member?: string
}

/** The tasks of the worker, by name. */
export type Tasks = ReturnType<typeof createTasks>

/** Creates the tasks of the worker: what takes longer than other requests may wait. Documents stay with it until they are released. */
export function createTasks() {
  const documents = new Map<number, unknown>()
  const documentOf = ({ held, member }: Pick<HeldSource, 'held' | 'member'>): unknown => {
    if (!documents.has(held))
      throw new Error(`Document ${held} is not held: it was released, or the worker was restarted.`)
    const whole = documents.get(held)
    return member === undefined ? whole : Reflect.get(Object(whole), member)
  }

  return {
    /** Does nothing: it is done when the tasks before it are. */
    ready: (): void => {},
    /**
     * Parses JSON and keeps it.
     * @returns its outline: the members of the first level, with empty ones in place of lists and objects
     * @throws UapiError `request_invalid`
     */
    hold({ held, json }: { held: number; json: Uint8Array }): unknown {
      const document = parseJson(ownBytes(json))
      documents.set(held, document)
      return outlineOf(document)
    },
    /** Keeps a document that comes in pieces of JSON. */
    holdPieces({ held, pieces }: { held: number; pieces: Uint8Array[] }): void {
      documents.set(held, JSON.parse(pieces.map(piece => decodeUtf8(piece)).join('')))
    },
    release: ({ held }: { held: number }): void => void documents.delete(held),
    /** A state that fixtures are merged into, or that begins with them when there is no base. @throws FixtureInvalid */
    fill({ base, sources, context }: { base?: DatabaseImage; sources: HeldSource[]; context: StateContext }): Filled {
      const read = sources.map(source => ({ ...source, document: documentOf(source) }))
      return fillState({ ...(base && { base: bytesOf(base) }), sources: read, context })
    },
    removeEvents: ({ base, filter }: { base: DatabaseImage; filter: EventFilter }) =>
      withState(bytesOf(base), store => ({
        removed: store.write(() => store.events.removeAnywhere(filter)),
        bytes: store.database.image()
      })),
    /** The state without its logs, as a snapshot keeps it. */
    strip: ({ base }: { base: DatabaseImage }): Filled => stripState(bytesOf(base)),
    /** The state as a fixture in JSON, in pieces. */
    print: ({ base, settings }: { base: DatabaseImage; settings: Settings }): Generator<Uint8Array> =>
      withState(bytesOf(base), store =>
        printFixture(createExportFixture({ store, settings: { current: () => settings } })())
      )
  }
}

const bytesOf = (image: DatabaseImage): Uint8Array => ('bytes' in image ? ownBytes(image.bytes) : takeCopy(image.file))

function parseJson(json: Uint8Array): unknown {
  const refusal = refuseBeyondBounds(json, BODY_BOUNDS.fixture)
  if (refusal) throw refusal
  const text = decodeUtf8(json)
  if (text === undefined) throw new UapiError('request_invalid', 'encoding_malformed')
  try {
    return parse(text)
  } catch {
    throw new UapiError('request_invalid', 'json_malformed')
  }
}

function outlineOf(document: unknown): unknown {
  if (typeof document !== 'object' || document === null) return document
  if (Array.isArray(document)) return []
  return Object.fromEntries(
    Object.entries(document).map(([name, value]) => {
      const isContainer = typeof value === 'object' && value !== null
      return [name, isContainer ? (Array.isArray(value) ? [] : {}) : value]
    })
  )
}
