import { ControlError } from '../../domain/errors/control.js'
import type { FixtureSource } from '../../domain/fixtures/read.js'

/** Fixtures by name. A name selects one of these, and is never used as a path. */
export interface NamedFixtures {
  names(): string[]
  /** The document of a fixture; undefined when the name is unknown. */
  find(name: string): unknown
}

/** Adds the fixtures that an emulator was started with, as they were last read; they take precedence. */
export const withStartFixtures = (startFixtures: () => FixtureSource[], others: NamedFixtures): NamedFixtures => ({
  names: () => [...new Set([...startFixtures().map(({ name }) => name), ...others.names()])],
  find: requested =>
    (startFixtures().find(({ name }) => name === requested) ?? { document: others.find(requested) }).document
})

/**
 * Reads the member `fixture` of a request: a name, or a document.
 * @throws ControlError `fixture_invalid` when the name is unknown
 */
export type SourcesOf = (fixture: string | object) => FixtureSource[]

/** The path of the member in the body. */
const PATH = '$.fixture'

/** @param namedFixtures the fixtures that a request can name */
export const createSourcesOf =
  (namedFixtures: NamedFixtures): SourcesOf =>
  fixture => {
    if (typeof fixture !== 'string') return [{ name: 'fixture', document: fixture, path: PATH }]
    const document = namedFixtures.find(fixture)
    if (document !== undefined) return [{ name: fixture, document }]
    const known = namedFixtures.names().join(', ') || 'none'
    const message = `names ${JSON.stringify(fixture.slice(0, 64))}, which is no fixture; known are ${known}`
    throw new ControlError('fixture_invalid', { reason: 'fixture_unknown', details: [{ path: PATH, message }] })
  }
