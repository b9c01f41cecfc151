/** Which id or credential of the emulator stands for one of the recording. */
export interface Identities {
  /** The id of the emulator for a recorded one; undefined while none is known. */
  ownOf(recorded: string): string | undefined
  /**
   * Pairs the two, which stand at the same place of an answer.
   * @returns `other` when one of them is paired with another one already
   */
  pair(recorded: string, own: string): 'new' | 'same' | 'other'
  /** A recorded text with the ids and credentials of the emulator. @param encode writes a credential for its place */
  translate(text: string, encode?: (credential: string) => string): string
  /** A text of the emulator with the ids and pseudonyms of the recording. */
  restore(text: string): string
  /** Notes the pseudonyms in a text of a request. */
  note(text: string): void
  /** The pseudonyms of given credentials that were never noted. */
  unused(): string[]
  /** The noted pseudonyms of credentials that a fixture can have, for which none was given or paired: tokens first. */
  missing(): string[]
}

/** @param credentials of the emulator, by the pseudonyms that a recording has in their places */
export function createIdentities(credentials: ReadonlyMap<string, string> = new Map()): Identities {
  const own = new Map(credentials)
  const recorded = new Map([...credentials].map(([pseudonym, credential]) => [credential, pseudonym]))
  const noted = new Set<string>()
  return {
    ownOf: id => own.get(id),
    pair(id, other) {
      const known = own.get(id)
      if (known === other) return 'same'
      if (known !== undefined || recorded.has(other)) return 'other'
      own.set(id, other)
      recorded.set(other, id)
      return 'new'
    },
    translate(text, encode = plain) {
      return text.replace(WORDS, word => {
        const found = own.get(word)
        return found === undefined ? word : encode(found)
      })
    },
    restore(text) {
      const masked = [...credentials].reduce((all, [pseudonym, value]) => all.replaceAll(value, pseudonym), text)
      return masked.replace(WORDS, word => recorded.get(word) ?? word)
    },
    note(text) {
      for (const [word] of text.matchAll(WORDS)) if (isPseudonym(word)) noted.add(word)
    },
    unused: () => [...credentials.keys()].filter(name => !noted.has(name)),
    missing: () =>
      OF_FIXTURES.flatMap(kind => [...noted].filter(name => name.startsWith(kind) && !own.has(name)).sort())
  }
}

const plain = (text: string): string => text

/** A pseudonym, an id or a CallID: each stands between other characters. */
const WORDS =
  /(?<![\w.-])(?:(?:token|refresh|code|secret|session|xsrf|cookie|value)-\d+|\d{6,}\.\d{7}|[A-Za-z0-9]{6,255})(?![\w-])/g

/** The beginnings of the pseudonyms that stand for credentials of a fixture: the others are given out while it runs. */
const OF_FIXTURES = ['token-', 'session-', 'xsrf-', 'secret-']

/** Whether a text is a pseudonym of a secret: its form is not that of the secret. */
export const isPseudonym = (text: string): boolean =>
  /^(?:token|refresh|code|secret|session|xsrf|cookie|value)-\d+$/.test(text)
