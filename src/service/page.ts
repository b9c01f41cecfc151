/**
 * A list whose entries are read one by one, so that a long one can be printed in parts. Which entries it has is settled
 * when the page is created; each is read when its turn comes.
 */
export interface Page<Entry> {
  entries: Iterable<Entry>
  /** The members of the list beside the entries. */
  counts: { total: number; dropped: number }
}

/** Up to so many entries of a page are read at once from the store; of more the ids, and then each entry when it is printed. */
export const SHORT_PAGE = 100
