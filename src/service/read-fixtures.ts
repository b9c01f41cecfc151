import { readFixture } from '../domain/fixture-form.js'
import { type Known, knownWith, onePerPlace, referenceProblems } from '../domain/fixture-references.js'
import type { Problem } from '../domain/problem.js'
import type { Fixture } from '../schema/fixture.js'

/** A fixture document and where it came from: a name or a file. */
export interface FixtureSource {
  name: string
  document: unknown
  /** Where it stands in what was sent, as a JSON path; the whole of it when it is left out. */
  path?: string
}

/** Fixtures that cannot be loaded. Its message lists every problem, a line each, with its JSON path. */
export class FixtureInvalid extends Error {
  readonly problems: (Problem & { fixture: string })[]

  constructor(problems: (Problem & { fixture: string })[]) {
    super(problems.map(({ fixture, path, message }) => `${fixture}: ${path} ${message}`).join('\n'))
    this.name = 'FixtureInvalid'
    this.problems = problems
  }

  /** The problems, place by place. */
  details(): Problem[] {
    return this.problems.map(({ path, message }) => ({ path, message }))
  }
}

/** What an empty database knows. */
export const NOBODY: Known = { organizations: new Map(), users: new Map(), extensions: new Map() }

/**
 * Reads fixtures that are merged in their order: a later one may refer to what an earlier one holds, wrong or not.
 * @param existing what their references may lead to beside each other
 * @throws FixtureInvalid with the problems of all of them
 */
export function readFixtures(sources: FixtureSource[], existing: Known = NOBODY): Fixture[] {
  const found: FixtureInvalid['problems'] = []
  let known = existing
  const fixtures = sources.flatMap(({ name, document, path: root = '$' }) => {
    const read = readFixture(document)
    const [parts, problems] = 'fixture' in read ? [read.fixture, []] : [read.parts, read.problems]
    known = knownWith(known, parts)
    const all = onePerPlace([...problems, ...referenceProblems(parts, known)])
    for (const { path, message } of all) found.push({ fixture: name, path: root + path.slice(1), message })
    return 'fixture' in read ? [read.fixture] : []
  })
  if (found.length > 0) throw new FixtureInvalid(found)
  return fixtures
}
