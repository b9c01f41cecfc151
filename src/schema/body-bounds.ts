/** What a body may have at most: bytes, levels of nesting, members of one object, and values in all. */
export interface BodyBounds {
  bytes: number
  /** Arrays and objects within each other; a body that is an object or an array is the first level. */
  depth: number
  /** Members of one object, repeated names included. */
  members: number
  /** Members of objects and items of arrays, in the whole body. */
  values: number
}

/**
 * The bounds of request bodies, by kind. Bytes count for every body, the others for JSON. They are checked before a body
 * is parsed or validated; one beyond them is refused with 413.
 * @source control-api.md "Errors"
 * @assumed 0013
 */
export const BODY_BOUNDS = {
  /** A request to the vendor's services. */
  uapi: { bytes: 64 * 1024, depth: 64, members: 1_000, values: 10_000 },
  /** A request to the OAuth endpoints. */
  oauth: { bytes: 8 * 1024, depth: 64, members: 500, values: 1_000 },
  /** A request to the control API. */
  control: { bytes: 1024 * 1024, depth: 64, members: 1_000, values: 200_000 },
  /** A request to the control API that may hold a fixture. */
  fixture: { bytes: 32 * 1024 * 1024, depth: 64, members: 1_000, values: 2_000_000 }
} as const satisfies Record<string, BodyBounds>

/** How many problems of an input are listed at most. */
export const MAX_PROBLEMS = 1_000

/** The sentence after a list of problems that is not complete. */
export const MORE_PROBLEMS = `There are more problems: the check stopped after the first ${MAX_PROBLEMS.toLocaleString('en-US')}.`

/** What a body may have at most, in words. */
export const describeBounds = ({ bytes, depth, members, values }: BodyBounds): string =>
  `A body may have ${bytes.toLocaleString('en-US')} bytes, ${depth} levels, ${members.toLocaleString('en-US')} members in an object ` +
  `and ${values.toLocaleString('en-US')} members and items in all.`
