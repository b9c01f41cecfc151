import type { Extension } from '../../../schema/directory.js'
import type { Fixture, FixtureEvent } from '../../../schema/fixture.js'
import type { LearnedSetting } from '../../../schema/recordings/learned.js'
import type { Settings } from '../../../schema/settings.js'
import { isExtended, shortNumber } from '../../addressing.js'
import { FixtureInvalid, readFixtures } from '../../fixtures/read.js'
import type { RegisteredUrls } from '../registered-urls.js'
import type { SeenExchange } from '../seen-exchange.js'
import type { SeenWebhook } from '../seen-webhook.js'
import { type SeenCredential, SeenCredentials } from './seen-credentials.js'
import { completeEvent, SeenEvents } from './seen-events.js'
import { SeenExtensions } from './seen-extensions.js'
import { learnUsers, prefixOf } from './users.js'

/** Collects the state that the PBX had before the first exchange. */
export interface FixtureLearner {
  exchange(seen: SeenExchange): void
  webhook(seen: SeenWebhook, urls: RegisteredUrls): void
  /** The state as a valid fixture, and sentences on what no line shows. */
  result(settings: readonly LearnedSetting[]): { fixture: Fixture; assumed: string[] }
}

/** Creates a learner of the fixture. */
export function createFixtureLearner(): FixtureLearner {
  const extensions = new SeenExtensions()
  const credentials = new SeenCredentials()
  const events = new SeenEvents()
  return {
    exchange(seen) {
      extensions.exchange(seen)
      credentials.exchange(seen)
      events.exchange(seen)
    },
    webhook: (seen, urls) => extensions.webhook(seen, urls),
    result(settings) {
      const built = build({ extensions, credentials, events })
      return validated({ ...built.fixture, settings: settingsOf(settings) }, built.assumed)
    }
  }
}

interface Seen {
  extensions: SeenExtensions
  credentials: SeenCredentials
  events: SeenEvents
}

type Built = ReturnType<FixtureLearner['result']>

function build({ extensions: seenExtensions, credentials: seenCredentials, events: seenEvents }: Seen): Built {
  const assumed: string[] = []
  for (const { extensions } of seenCredentials.list()) for (const written of extensions) seenExtensions.at(written)
  const number = createNumbering(seenExtensions, assumed)
  const credentials = seenCredentials.list().map(one => withExtended(one, number))
  for (const { extensions } of credentials) for (const reached of extensions) seenExtensions.at(reached)
  for (const { extension } of seenEvents.list()) seenExtensions.at(number(extension))
  for (const [written, owner] of seenCredentials.owners()) {
    const extension = seenExtensions.at(number(written))
    if (extension !== undefined) extension.owner ??= owner
  }
  const found = seenExtensions.list()
  const guesses = new Map([...seenCredentials.guesses()].map(([written, owner]) => [number(written), owner]))
  for (const extension of found) {
    const guess = guesses.get(extension.number)
    if (guess !== undefined) extension.owner ??= guess
  }
  const users = learnUsers({
    extensions: found.map(({ number }) => number),
    owners: new Map(found.flatMap(({ number, owner }) => (owner === undefined ? [] : [[number, owner]]))),
    users: seenCredentials.users(),
    credentials,
    organizations: new Map(
      found.flatMap(({ number, organization: name }) => (name === undefined ? [] : [[prefixOf(number), name]]))
    )
  })
  const fixture = {
    organizations: users.organizations,
    users: users.users,
    extensions: found.map(
      ({ number, kind = 'phoneTerminal', name, publicNumber }): Extension => ({
        number,
        owner: users.ownerOf(number),
        kind,
        ...(name !== undefined && { name }),
        ...(publicNumber !== undefined && { publicNumber })
      })
    ),
    ...accessOf(credentials, users.userOf),
    phoneCallEvents: eventsOf(seenEvents, number, assumed)
  }
  assumed.unshift(...users.assumed)
  assumed.push(...seenCredentials.left())
  if (seenExtensions.hasPlacedCalls())
    assumed.push(
      'How phones answer calls of PhoneCalls is not learned: after half a second in the fixture. Add phones to it.'
    )
  if (found.some(({ kind }) => kind === undefined))
    assumed.push('No line shows the kind of an extension that is no IVR or queue: phoneTerminal in the fixture.')
  return { fixture, assumed }
}

/** Converts short numbers to extended ones: of the only extension that ends with it, else with the first prefix. */
function createNumbering(extensions: SeenExtensions, assumed: string[]): (written: string) => string {
  const numbers = extensions.list().map(({ number }) => number)
  const byShort = new Map<string, string[]>()
  for (const extended of numbers)
    byShort.set(shortNumber(extended), [...(byShort.get(shortNumber(extended)) ?? []), extended])
  const [first] = numbers
  const prefix = first === undefined ? '0001' : prefixOf(first)
  return written => {
    if (isExtended(written)) return written
    const found = byShort.get(written) ?? []
    if (found.length === 1 && found[0] !== undefined) return found[0]
    const guess = `${prefix}*${written}`
    const sentence = `No line shows the extended number of ${written}: ${guess} in the fixture.`
    if (!assumed.includes(sentence)) assumed.push(sentence)
    return guess
  }
}

const withExtended = (credential: SeenCredential, number: (written: string) => string): SeenCredential => ({
  ...credential,
  extensions: new Set([...credential.extensions].map(number)),
  refused: new Set([...credential.refused].map(number))
})

function accessOf(
  credentials: readonly SeenCredential[],
  userOf: (credential: SeenCredential) => string
): Pick<Fixture, 'apps' | 'tokens' | 'sessions'> {
  return {
    apps: credentials.flatMap(one => {
      if (one.app === undefined) return []
      const { isTrusted: trusted, redirectUris, ...app } = one.app
      return [{ ...app, user: userOf(one), trusted, redirectUris: [...redirectUris] }]
    }),
    tokens: credentials.flatMap(one => [...one.tokens].map(accessToken => ({ accessToken, user: userOf(one) }))),
    sessions: credentials.flatMap(one =>
      [...one.sessions].map(([vn, xsrfToken]) => ({ user: userOf(one), vn, xsrfToken }))
    )
  }
}

function eventsOf(events: SeenEvents, number: (written: string) => string, assumed: string[]): FixtureEvent[] {
  const incomplete = new Map<string, number>()
  const completed = events.list().map(({ id, extension, members }) => {
    const { event, unknown } = completeEvent(number(extension), id, members)
    if (unknown.length > 0) incomplete.set(unknown.join(', '), (incomplete.get(unknown.join(', ')) ?? 0) + 1)
    return event
  })
  for (const [members, count] of incomplete)
    assumed.push(
      `Of ${count} phone call events that were there before, no line shows ${members}: plain values in the fixture.`
    )
  for (const [extension, count] of events.missing())
    assumed.push(
      `${number(extension)} had ${count} more phone call events, which no list shows: the fixture has none of them.`
    )
  if (events.dropped() > 0)
    assumed.push(`${events.dropped()} phone call events are too many to be remembered, and are not in the fixture.`)
  return completed
}

/** The settings that lines show. */
const settingsOf = (settings: readonly LearnedSetting[]): Partial<Settings> =>
  Object.fromEntries(settings.filter(({ isShown }) => isShown).map(({ name, value }) => [name, value]))

/** A fixture without the entries that it cannot have: a PBX may have values that the emulator refuses. */
function validated(fixture: Fixture, assumed: string[]): Built {
  const problems = problemsOf(fixture)
  if (problems.length === 0) return { fixture, assumed }
  const left: Record<string, unknown> = { ...fixture }
  const sentences = new Set<string>()
  for (const list of LISTS) {
    const entries: unknown[] = fixture[list] ?? []
    const wrong = new Map(
      problems.flatMap(({ path, message }) => {
        const [, name, index] = /^\$\.(\w+)\[(\d+)\]/.exec(path) ?? []
        return name === list ? [[Number(index), message] as const] : []
      })
    )
    for (const message of wrong.values())
      sentences.add(`An entry of ${list} is left out of the fixture: it ${message}.`)
    left[list] = entries.filter((_, index) => !wrong.has(index))
  }
  const remaining = LISTS.reduce((sum, list) => sum + [left[list]].flat().length, 0)
  const before = LISTS.reduce((sum, list) => sum + (fixture[list] ?? []).length, 0)
  if (remaining === before)
    throw new Error(`The learned fixture is invalid: ${problems[0]?.path} ${problems[0]?.message}`)
  return validated(left, [...assumed, ...sentences])
}

const LISTS = ['organizations', 'users', 'extensions', 'apps', 'tokens', 'sessions', 'phoneCallEvents'] as const

function problemsOf(document: Fixture): FixtureInvalid['problems'] {
  try {
    readFixtures([{ name: 'learned', document }])
    return []
  } catch (error) {
    if (error instanceof FixtureInvalid) return error.problems
    throw error
  }
}
