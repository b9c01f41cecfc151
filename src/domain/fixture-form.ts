import { Compile } from 'typebox/schema'
import { Fixture } from '../schema/fixture.js'
import { type FixtureParts, LISTS } from './fixture-references.js'
import { type Complaint, complaintsOf, type Form, problemsOf } from './form.js'
import type { Problem } from './problem.js'

/**
 * Reads a fixture document.
 * @returns the fixture; or every problem of its form, and the parts that have none. The values of secrets are never
 * repeated.
 */
export function readFixture(document: unknown): { fixture: Fixture } | { parts: FixtureParts; problems: Problem[] } {
  form ??= { schema: Fixture, validator: Compile(Fixture), name: 'a fixture', isSecret }
  if (form.validator.Check(document)) return { fixture: document as Fixture } // just checked
  const complaints = complaintsOf(form, document)
  return { parts: partsOf(document, complaints), problems: problemsOf(complaints) }
}

let form: Form | undefined

/** What of a document has its form: members that somebody complained about are left out, entries keep their index. */
function partsOf(document: unknown, complaints: Complaint[]): FixtureParts {
  const wrong = new Set(complaints.map(({ keys }) => JSON.stringify(keys)))
  const sound = (value: unknown, keys: string[]): [string, unknown][] =>
    Object.entries(Object(value)).filter(([member]) => !wrong.has(JSON.stringify([...keys, member])))
  const top = new Map(sound(document, []))
  const lists = LISTS.map(list => {
    const entries = [top.get(list) ?? []].flat() // a list that is none was complained about
    return [list, entries.map((entry, index) => Object.fromEntries(sound(entry, [list, String(index)])))]
  })
  const settings = Object.fromEntries(sound(top.get('settings'), ['settings']))
  return { ...Object.fromEntries(lists), settings } as FixtureParts // what is left has passed the schema
}

/** Where secrets stand, and where they would if a list were one. */
const isSecret = ([list = '', , member]: string[]): boolean =>
  member === undefined ? SECRET_LISTS.has(list) : SECRETS.has(member)

const SECRETS = new Set(['accessToken', 'clientSecret', 'vn', 'xsrfToken'])
const SECRET_LISTS = new Set(['apps', 'tokens', 'sessions'])
