import { ControlError } from '../../domain/errors/control.js'
import type { FixtureSource } from '../../domain/fixtures/read.js'

/** Fixtures that can be asked for by name. Only these names lead anywhere: a name is never taken for a path. */
export interface NamedFixtures {
  names(): string[]
  /** The document of a fixture; undefined when none has that name. */
  find(name: string): unknown
}

/** Those that an emulator was started with, before others. */
export const withStartFixtures = (started: FixtureSource[], others: NamedFixtures): NamedFixtures => ({
  names: () => [...new Set([...started.map(({ name }) => name), ...others.names()])],
  find: asked => (started.find(({ name }) => name === asked) ?? { document: others.find(asked) }).document
})

/**
 * What a request means by its member `fixture`: a name, or a document.
 * @throws ControlError `fixture_invalid` when it names none
 */
export type SourcesOf = (fixture: string | object) => FixtureSource[]

/** Where it stands in the body. */
const PATH = '$.fixture'

/** Finds fixtures among those that have a name. */
export const createSourcesOf =
  (named: NamedFixtures): SourcesOf =>
  fixture => {
    if (typeof fixture !== 'string') return [{ name: 'fixture', document: fixture, path: PATH }]
    const document = named.find(fixture)
    if (document !== undefined) return [{ name: fixture, document }]
    const known = named.names().join(', ') || 'none'
    const message = `names ${JSON.stringify(fixture.slice(0, 64))}, which is no fixture; known are ${known}`
    throw new ControlError('fixture_invalid', { reason: 'fixture_unknown', details: [{ path: PATH, message }] })
  }
