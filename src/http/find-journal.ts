import type { Journal } from '../service/journal.js'
import type { Sandboxes } from '../service/sandboxes.js'

/** The journal of a sandbox; undefined when there is no sandbox of that name. */
export type FindJournal = (sandbox: string | undefined) => Journal | undefined

/** Finds journals without making a sandbox: what is only recorded is no use of one. */
export const findJournalIn =
  (sandboxes: Pick<Sandboxes, 'find' | 'list'>): FindJournal =>
  name =>
    name === undefined || sandboxes.list().some(known => known.name === name)
      ? sandboxes.find(name)?.journal
      : undefined
